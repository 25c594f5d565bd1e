#include "tests/sim/client.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>

#include <algorithm>
#include <utility>

namespace millrace::sim {

Client::Habits Client::Habits::draw(Random& random) {
  static constexpr size_t kCapacities[] = {1, 10, 1000, 20'000, 300'000};
  static constexpr size_t kMost[] = {1, 50, 5'000, SIZE_MAX, SIZE_MAX};
  static constexpr unsigned kOften[] = {100, 500, 1000};
  static constexpr Leaving kLeaving[] = {Leaving::kClose, Leaving::kReset, Leaving::kStay};
  Habits habits;
  habits.address = INADDR_LOOPBACK + static_cast<uint32_t>(random.below(3));
  habits.capacity = {.to_server = random.pick(kCapacities), .to_client = random.pick(kCapacities)};
  static constexpr uint32_t kWindows[] = {0, 1, 1'000, 65'535, 1'000'000};
  habits.manner = {.is_http2 = random.chance(350),
                   .asks_all_at_once = random.chance(400),
                   .window = random.pick(kWindows),
                   .gives_up = random.chance(300) ? 30U : 0U};
  habits.half_closes = random.chance(200);
  habits.acts = random.pick(kOften);
  habits.reads = random.pick(kOften);
  habits.send_most = random.pick(kMost);
  habits.read_most = random.pick(kMost);
  if (random.chance(250)) habits.resets_after_sending = random.some_of(2'000);
  if (random.chance(250)) habits.resets_after_reading = random.some_of(400'000);
  if (random.chance(40)) habits.garbles_at = random.some_of(3'000);
  if (random.chance(200)) habits.tls_version_max = TLS1_2_VERSION;
  habits.leaving = random.pick(kLeaving);
  return habits;
}

Client::Client(Random& random, Network& network, Trace& trace, Habits habits,
               std::vector<Exchange> exchanges, http::tls::test::Session& session)
    : random_(random),
      trace_(trace),
      habits_(habits),
      session_(session),
      link_(network.connect(habits.address, habits.capacity)),
      dialogue_(Dialogue::make(habits.manner, std::move(exchanges), random, trace, number())),
      knows_nothing_(habits.is_mistaken) {
  if (!habits_.speaks_tls) return;
  http::tls::test::PeerTerms terms;
  terms.version_max = habits_.tls_version_max;
  if (habits_.manner.is_http2) terms.protocols = "\x02h2";
  if (random_.chance(500)) terms.session = session_;
  tls_ = std::make_unique<http::tls::test::TlsPeer>(terms);
}

void Client::settle_down() noexcept {
  dialogue_->settle_down();
  link_.widen();
  habits_.acts = habits_.reads = 1000;
  habits_.send_most = habits_.read_most = SIZE_MAX;
  habits_.garbles_at = SIZE_MAX;
  habits_.resets_after_sending = habits_.resets_after_reading = SIZE_MAX;
}

std::string Client::complaint() const {
  if (knows_nothing_) return {};
  return complaint_.empty() ? dialogue_->complaint() : complaint_;
}

size_t Client::said_and_sent() const noexcept {
  size_t said = 0;
  for (const Mark& mark : marks_) {
    if (mark.on_wire <= sent_) said = mark.said;
  }
  return said;
}

bool Client::is_owed() const noexcept {
  if (is_gone_ || knows_nothing_) return false;
  if (tls_ != nullptr && !has_shaken_hands_) return outgoing_.empty();
  return dialogue_->is_owed(said_and_sent());
}

void Client::act() {
  if (is_gone_ || !random_.chance(habits_.acts)) return;
  speak();
  send();
  if (!is_gone_ && random_.chance(habits_.reads)) receive();
  if (is_gone_ || !dialogue_->is_over() || habits_.leaving == Habits::Leaving::kStay) return;
  if (habits_.leaving == Habits::Leaving::kReset) {
    reset();
  } else {
    leave();
  }
}

void Client::put(std::string_view bytes) {
  outgoing_ += bytes;
  on_wire_ += bytes.size();
}

void Client::speak() {
  if (tls_ != nullptr) {
    speak_tls();
    if (!has_shaken_hands_) return;
  }
  const std::string text = dialogue_->say();
  if (text.empty()) return;
  if (tls_ == nullptr) {
    put(text);
  } else {
    tls_->write(text);
    speak_tls();
  }
  marks_.push_back({.said = said_ += text.size(), .on_wire = on_wire_});
}

void Client::speak_tls() {
  if (!has_shaken_hands_) has_shaken_hands_ = tls_->handshake();
  put(tls_->take_to_send());
}

void Client::send() {
  const size_t most =
      std::min({outgoing_.size(), habits_.send_most, habits_.resets_after_sending - sent_});
  if (habits_.garbles_at - sent_ < most) {
    outgoing_[habits_.garbles_at - sent_] ^= static_cast<char>(1 + random_.below(255));
    habits_.garbles_at = SIZE_MAX;
    knows_nothing_ = true;
    trace_.note("client garbles", number(), 0);
  }
  const size_t sent = link_.client_send(std::string_view(outgoing_).substr(0, most));
  outgoing_.erase(0, sent);
  sent_ += sent;
  if (sent > 0) trace_.note("client sends", number(), static_cast<int64_t>(sent));
  if (sent_ == habits_.resets_after_sending) return reset();
  const bool has_said_all = dialogue_->has_asked_all() && outgoing_.empty() && said_ > 0;
  if (habits_.half_closes && !has_finished_ && has_said_all) {
    has_finished_ = true;
    trace_.note("client finishes", number(), 0);
    link_.client_finish();
  }
}

void Client::receive() {
  const size_t most = std::min(habits_.read_most, habits_.resets_after_reading - received_);
  const std::string_view bytes = link_.client_peek(most);
  if (!bytes.empty()) {
    received_ += bytes.size();
    trace_.note("client reads", number(), static_cast<int64_t>(bytes.size()));
    if (tls_ == nullptr) {
      dialogue_->hear(bytes, said_and_sent());
    } else {
      open(bytes);
    }
    link_.client_take(bytes.size());
  }
  if (received_ == habits_.resets_after_reading) return reset();
  if (link_.client_state() != Link::State::kOpen) leave();
}

void Client::open(std::string_view bytes) {
  tls_->receive(bytes);
  if (!has_shaken_hands_) has_shaken_hands_ = tls_->handshake();
  const std::string text = tls_->read();
  if (!text.empty()) dialogue_->hear(text, said_and_sent());
  if (tls_->session() != nullptr) session_ = tls_->session();
  if (tls_->error() != SSL_ERROR_SSL || !complaint_.empty()) return;
  // An alert is the server's right; records that cannot be opened are not.
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  if (reason < SSL_AD_REASON_OFFSET) complaint_ = fmt::format("TLS error {}", reason);
}

void Client::reset() {
  is_gone_ = true;
  trace_.note("client resets", number(), 0);
  link_.client_reset();
}

void Client::leave() {
  if (std::exchange(is_gone_, true)) return;
  trace_.note("client leaves", number(), static_cast<int64_t>(link_.client_state()));
  link_.client_close();
}

}  // namespace millrace::sim
