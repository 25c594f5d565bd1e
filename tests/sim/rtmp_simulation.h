// An RTMP server, its encoders and everything that goes wrong between them, by one seed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/core.h"
#include "media/live/ingest/rtmp/server.h"
#include "tests/sim/faults.h"
#include "tests/sim/jumping_clock.h"
#include "tests/sim/network.h"
#include "tests/sim/random.h"
#include "tests/sim/rtmp_desk.h"
#include "tests/sim/rtmp_encoder.h"
#include "tests/sim/simulated_ring.h"
#include "tests/sim/trace.h"

namespace millrace::sim {

/// Runs once. Encoders publish, leave, fall silent and send garbage for a while; then all faults
/// end and one who comes must be heard to its last byte; then the server stops, and nothing may be
/// left.
class RtmpSimulation {
 public:
  explicit RtmpSimulation(uint64_t seed);
  RtmpSimulation(const RtmpSimulation&) = delete;
  RtmpSimulation& operator=(const RtmpSimulation&) = delete;
  ~RtmpSimulation();

  /// What is wrong; "" when all is well.
  std::string play();
  size_t publications() const noexcept { return desk_.admitted(); }

 private:
  void live(size_t turns);
  void turn();
  void go_on_until(const std::function<bool()>& done, std::chrono::nanoseconds turn_length);
  void hear_newcomer();
  void stop();
  void look_for_leaks();
  void complain(const std::string& why) {
    if (complaint_.empty()) complaint_ = why;
  }

  Random random_;
  Trace trace_{Trace::To::kNowhere};
  Faults faults_;
  JumpingClock clock_;
  Network network_;
  SimulatedRing* ring_;  // The core's.
  std::unique_ptr<core::Core> core_;
  RtmpDesk desk_{random_};
  std::vector<std::unique_ptr<RtmpEncoder>> encoders_;
  std::unique_ptr<media::rtmp::RtmpServer> server_;
  std::string complaint_;
};

}  // namespace millrace::sim
