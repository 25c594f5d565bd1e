#include "tests/sim/rtmp_encoder.h"

#include <algorithm>

#include "tests/media/live/ingest/rtmp/encoder.h"

namespace millrace::sim {

namespace rtmp = media::rtmp::test;

RtmpEncoder::Habits RtmpEncoder::Habits::draw(Random& random) {
  static constexpr size_t kCapacities[] = {1, 10, 1000, 20'000, 300'000};
  static constexpr size_t kMost[] = {1, 50, 5'000, SIZE_MAX, SIZE_MAX};
  static constexpr unsigned kOften[] = {100, 500, 1000};
  static constexpr Leaving kLeaving[] = {Leaving::kClose, Leaving::kReset, Leaving::kStay};
  Habits habits;
  habits.address = 0x7f000001 + static_cast<uint32_t>(random.below(3));
  habits.capacity = {.to_server = random.pick(kCapacities), .to_client = random.pick(kCapacities)};
  habits.acts = random.pick(kOften);
  habits.reads = random.chance(200) ? 0 : random.pick(kOften);
  habits.send_most = random.pick(kMost);
  if (random.chance(400)) habits.leaves_at = random.some_of(8'000);
  if (random.chance(200)) habits.garbles_at = random.some_of(5'000);
  habits.leaving = random.pick(kLeaving);
  habits.publications = static_cast<int>(random.between(1, 2));
  return habits;
}

RtmpEncoder::RtmpEncoder(Random& random, Network& network, const Habits& habits)
    : random_(random), habits_(habits), link_(network.connect(habits.address, habits.capacity)) {
  write_script();
  if (habits_.garbles_at < script_.size()) script_[habits_.garbles_at] ^= 0x55;
}

void RtmpEncoder::write_script() {
  script_ = rtmp::as_text(rtmp::publish_from_the_start("key"));
  for (int i = 0; i < habits_.publications; ++i) {
    if (i > 0) script_ += rtmp::as_text(rtmp::publish("key"));
    media_.clear();
    const size_t messages = random_.between(0, 5);
    for (size_t number = 0; number < messages; ++number) {
      const std::string body(random_.some_of(3'000), static_cast<char>('a' + number));
      const auto at_ms = static_cast<uint32_t>(number * 33);
      script_ +=
          rtmp::as_text(random_.chance(500) ? rtmp::video(at_ms, body) : rtmp::audio(at_ms, body));
      media_ += body;
    }
    script_ += rtmp::as_text(rtmp::unpublish("key"));
  }
}

void RtmpEncoder::act() {
  if (has_left_ || !random_.chance(habits_.acts)) return;
  if (random_.chance(habits_.reads)) link_.client_take(link_.client_peek(SIZE_MAX).size());
  if (link_.client_state() != Link::State::kOpen) return leave();
  const size_t end = std::min(script_.size(), habits_.leaves_at);
  const size_t most = std::min(habits_.send_most, end - sent_);
  if (most > 0) sent_ += link_.client_send(std::string_view(script_).substr(sent_, most));
  if (sent_ < end || habits_.leaving == Habits::Leaving::kStay) return;
  if (habits_.leaving == Habits::Leaving::kReset) {
    has_left_ = true;
    return link_.client_reset();
  }
  leave();
}

void RtmpEncoder::leave() noexcept {
  if (!has_left_) link_.client_close();
  has_left_ = true;
}

}  // namespace millrace::sim
