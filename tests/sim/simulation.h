// A server, its clients and everything that goes wrong between them, by one seed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/core.h"
#include "http/server.h"
#include "http/tls/tls_endpoint.h"
#include "tests/sim/client.h"
#include "tests/sim/faults.h"
#include "tests/sim/jumping_clock.h"
#include "tests/sim/network.h"
#include "tests/sim/random.h"
#include "tests/sim/routes.h"
#include "tests/sim/simulated_ring.h"
#include "tests/sim/trace.h"

namespace millrace::sim {

struct Verdict {
  std::string complaint;   ///< "": all is well.
  uint64_t trace_sum = 0;  ///< Equal for equal events.
  size_t answers = 0;      ///< Whole ones, all of which were right.
};

/// Runs once. Clients come and do as they like for a while; then, in half of the seeds, all faults
/// end and everybody must get what he asked for; then the server stops, and nothing may be left.
class Simulation {
 public:
  Simulation(uint64_t seed, Trace::To to);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation();

  /// The whole life of one, with what the process holds compared before and after.
  static Verdict run(uint64_t seed, Trace::To to);

 private:
  void play();
  bool start();
  void add_clients();
  void turn();
  void let_time_pass();
  void live(size_t turns);
  void go_on_until(const std::function<bool()>& done, std::chrono::nanoseconds turn_length);
  void settle_down();
  void serve_newcomer();
  void stop();
  void look_for_leaks();
  void complain(std::string why);
  [[nodiscard]] bool is_well() const noexcept { return verdict_.complaint.empty(); }

  Random random_;
  Trace trace_;
  Faults faults_;
  unsigned jump_permille_;
  JumpingClock clock_;
  Network network_;
  http::Limits limits_;
  SimulatedRing* ring_;  // The core's.
  std::unique_ptr<core::Core> core_;
  std::optional<Routes> routes_;
  std::optional<http::tls::TlsEndpoint> tls_;
  http::tls::test::Session session_;
  std::unique_ptr<http::Server> server_;
  std::vector<std::unique_ptr<Client>> clients_;
  Verdict verdict_;
};

}  // namespace millrace::sim
