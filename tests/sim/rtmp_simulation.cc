#include "tests/sim/rtmp_simulation.h"

#include <fmt/format.h>

namespace millrace::sim {
namespace {

using namespace std::chrono_literals;
using media::rtmp::RtmpLimits;
using media::rtmp::RtmpMetrics;
using media::rtmp::RtmpServer;

constexpr size_t kTurnsToStop = 6000;
// Longer than a listener that lacks descriptors waits before it accepts again.
constexpr std::chrono::milliseconds kListenerPause{200};

/// What all simulations count into.
struct Counts {
  core::Metrics registry;
  RtmpMetrics rtmp{registry};

  static Counts& get() {
    static Counts counts;
    return counts;
  }
};

core::CoreOptions draw_options(Random& random) {
  static constexpr uint16_t kCounts[] = {1, 2, 8, 64, 64};
  static constexpr uint32_t kSizes[] = {16, 100, 4096, 4096};
  return {.index = 0,
          .recv_buffers = {.count = random.pick(kCounts), .buffer_size = random.pick(kSizes)},
          .mailbox_capacity = 16};
}

RtmpLimits draw_limits(Random& random) {
  static constexpr size_t kCounts[] = {1, 2, 10'000};
  RtmpLimits limits;
  if (random.chance(200)) limits.connection_count_max = random.pick(kCounts);
  if (random.chance(200)) limits.connection_count_max_per_address = random.pick(kCounts);
  return limits;
}

}  // namespace

RtmpSimulation::RtmpSimulation(uint64_t seed)
    : random_(seed), faults_(Faults::draw(random_)), network_(random_, faults_, trace_) {
  static constexpr size_t kQueueSizes[] = {1, 2, 7, 1024};
  auto ring = std::make_unique<SimulatedRing>(network_, random_, faults_, trace_,
                                              random_.pick(kQueueSizes));
  ring_ = ring.get();
  core_ = std::move(*core::Core::create(draw_options(random_), clock_, std::move(ring)));
}

RtmpSimulation::~RtmpSimulation() { server_.reset(); }

std::string RtmpSimulation::play() {
  auto server = RtmpServer::start(
      *core_,
      {.desk = desk_, .metrics = Counts::get().rtmp, .app = "live", .limits = draw_limits(random_)},
      {.host = "127.0.0.1", .port = 0});
  if (!server) return complaint_;  // Short of something: it would be started again.
  server_ = std::move(*server);
  live(random_.between(10, 300));
  if (random_.chance(500)) hear_newcomer();
  stop();
  look_for_leaks();
  complain(desk_.complaint());
  return complaint_;
}

void RtmpSimulation::live(size_t turns) {
  static constexpr std::chrono::milliseconds kJumps[] = {100ms, 1s, 3s, 11s, 16s, 3'600'000ms};
  const unsigned jump_permille = random_.chance(500) ? 0 : 30;
  for (size_t i = 0; i < turns; ++i) {
    if (encoders_.size() < 6 && (i == 0 || random_.chance(30))) {
      encoders_.push_back(
          std::make_unique<RtmpEncoder>(random_, network_, RtmpEncoder::Habits::draw(random_)));
    }
    turn();
    if (random_.chance(100)) desk_.move();
    if (random_.chance(300)) clock_.advance(std::chrono::milliseconds(random_.between(1, 20)));
    if (random_.chance(jump_permille)) clock_.advance(random_.pick(kJumps));
  }
}

void RtmpSimulation::turn() {
  for (const auto& encoder : encoders_) encoder->act();
  core_->turn(core::Core::Idle::kReturn);
}

void RtmpSimulation::go_on_until(const std::function<bool()>& done,
                                 std::chrono::nanoseconds turn_length) {
  for (size_t i = 0; i < kTurnsToStop && !done(); ++i) {
    turn();
    clock_.advance(turn_length);
  }
}

// Whatever happened before, one who comes now is heard.
void RtmpSimulation::hear_newcomer() {
  faults_ = {};
  desk_.be_kind();
  for (const auto& encoder : encoders_) encoder->leave();
  clock_.advance(kListenerPause);
  for (int i = 0; i < 20; ++i) turn();  // Those who were still to be accepted.
  go_on_until([&] { return server_->connection_count() == 0; }, 10ms);
  if (server_->connection_count() > 0) return complain("a connection outlives its encoder");
  encoders_.push_back(std::make_unique<RtmpEncoder>(random_, network_, RtmpEncoder::Habits{}));
  const size_t before = desk_.admitted();
  go_on_until([&] { return desk_.admitted() > before && desk_.last_has_finished(); }, 250us);
  if (desk_.admitted() != before + 1 || !desk_.last_has_finished()) {
    return complain("an encoder that comes when all is well is not heard to its end");
  }
  if (desk_.last_media() != encoders_.back()->media()) {
    complain("what an encoder sends is not what its feed is given");
  }
}

void RtmpSimulation::stop() {
  bool stopped = false;
  core_->spawn([](RtmpServer& server, bool& done) -> core::Task<void> {
    co_await server.stop();
    done = true;
  }(*server_, stopped));
  for (size_t i = 0; i < kTurnsToStop && !stopped; ++i) {
    turn();
    if (i > kTurnsToStop / 2) faults_.idle = 0;
    if (i % 8 == 7) clock_.advance(50ms);
  }
  if (!stopped) complain("the server does not stop");
}

void RtmpSimulation::look_for_leaks() {
  faults_ = {};
  for (int i = 0; i < 5; ++i) core_->turn(core::Core::Idle::kReturn);
  const auto check = [&](const char* what, size_t left) {
    if (left > 0) complain(fmt::format("{}: {} left after the stop", what, left));
  };
  const Counts& counts = Counts::get();
  check("feeds", desk_.open_feeds());
  check("receive buffers", core_->recv_buffers().in_use());
  check("tasks", core_->tasks());
  check("operations", ring_->under_way());
  check("timers", core_->timers().until_next(clock_.now()) ? 1 : 0);
  check("sockets beside the listener", network_.socket_count() - 1);
  check("connections by the metric",
        static_cast<size_t>(counts.registry.value(counts.rtmp.connections)));
  check("publishers by the metric",
        static_cast<size_t>(counts.registry.value(counts.rtmp.publishers)));
}

}  // namespace millrace::sim
