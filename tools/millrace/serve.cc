#include "tools/millrace/serve.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>

#include "core/clock.h"
#include "core/log.h"
#include "core/ring.h"
#include "tools/millrace/exit_codes.h"
#include "tools/millrace/program.h"
#include "tools/millrace/signals.h"
#include "tools/millrace/succession.h"
#include "tools/millrace/supervisor.h"

namespace millrace {
namespace {

using core::log::Level;

/// Connections and open tracks are descriptors, and the usual limit of 1,024 is for select(2).
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

void log_reactor(const core::ReactorChoice& choice) {
  if (!choice.ring_failure) return;
  const char* name = ::strerrorname_np(choice.ring_failure->os_errno);
  core::log::event(Level::kWarning, "reactor.epoll",
                   {{"errno", name != nullptr ? name : "unknown"},
                    {"reason", core::explain_ring_failure(*choice.ring_failure)}});
}

/// A second time: the operator does not want to wait.
void end_at_once_when_asked_again(const Signals& signals) {
  std::thread([signals] {
    while (signals.wait() != Order::kEnd) continue;
    std::_Exit(EXIT_FAILURE);
  }).detach();
}

class Serving {
 public:
  Serving(const Invocation& invocation, const core::Config& config)
      : invocation_(invocation), config_(config), predecessor_(Predecessor::find()) {}

  /// False: it was told why on standard error.
  bool start(core::Reactor reactor);
  void announce();
  /// Until it is to end. Yields the exit code.
  int obey();
  void stop() {
    program_->stop();
    program_.reset();
  }
  const Signals& signals() const noexcept { return signals_; }

 private:
  void reload();
  void reopen_logs() {
    core::log::reopen();
    program_->reopen_access_log();
  }
  /// True once a successor serves, or nobody does.
  bool hand_over();
  Order next_order();

  const Signals signals_;  // First: every thread started afterwards leaves them to this one.
  const Invocation& invocation_;
  const core::Config& config_;
  std::optional<Predecessor> predecessor_;
  core::SystemClock clock_;
  std::unique_ptr<Program> program_;
  int exit_code_ = EXIT_SUCCESS;
};

bool Serving::start(core::Reactor reactor) {
  Program::Listeners listeners{.sockets = supervisor::take_listeners()};
  if (predecessor_) {
    // What is wrong must come out while the other one still serves.
    if (const auto rehearsed = Program::rehearse(config_, clock_); !rehearsed) {
      std::fprintf(stderr, "millrace: %s\n", rehearsed.error().c_str());
      return false;
    }
    auto sockets = predecessor_->take_sockets();
    if (!sockets) {
      std::fprintf(stderr, "millrace: taking over: %s\n", sockets.error().what);
      return false;
    }
    listeners.sockets = std::move(*sockets);
  }
  auto program = Program::start(config_, clock_, reactor, std::move(listeners));
  if (!program) {
    std::fprintf(stderr, "millrace: %s\n", program.error().c_str());
    return false;
  }
  program_ = std::move(*program);
  return true;
}

void Serving::announce() {
  for (const std::string& address : program_->addresses()) {
    std::printf("millrace: listening on %s\n", address.c_str());
  }
  std::fflush(stdout);
  // The process that systemd started may end soon: this one is the service from now on.
  if (predecessor_) supervisor::notify("MAINPID=" + std::to_string(::getpid()));
  supervisor::notify("READY=1");
  if (predecessor_) predecessor_->tell_serving();
}

Order Serving::next_order() {
  const auto watchdog = supervisor::watchdog_interval();
  if (!watchdog) return signals_.wait();
  for (;;) {
    if (program_->was_alive_within(std::chrono::seconds(10))) supervisor::notify("WATCHDOG=1");
    if (const auto order = signals_.wait_for(*watchdog / 3)) return *order;
  }
}

int Serving::obey() {
  for (;;) {
    switch (next_order()) {
      case Order::kReload:
        reload();
        break;
      case Order::kReopenLogs:
        reopen_logs();
        break;
      case Order::kHandOver:
        if (hand_over()) return exit_code_;
        break;
      case Order::kEnd:
        supervisor::notify("STOPPING=1");
        core::log::event(Level::kInfo, "server.stopping");
        return EXIT_SUCCESS;
    }
  }
}

void Serving::reload() {
  supervisor::notify("RELOADING=1\nMONOTONIC_USEC=" +
                     std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(
                                        clock_.now().time_since_epoch())
                                        .count()));
  reopen_logs();
  program_->reload_certificates();
  const auto wanted = core::load_config(invocation_.config_file, invocation_.settings);
  if (wanted) {
    program_->reload(*wanted);
  } else {
    core::log::event(Level::kError, "config.reload_failed", {{"reason", wanted.error()}});
  }
  supervisor::notify("READY=1");
}

bool Serving::hand_over() {
  auto successor = Successor::start(invocation_.command);
  core::Result<> ready = successor ? successor->wait_until_ready()
                                   : core::Result<>(std::unexpected(successor.error()));
  if (!ready) {
    core::log::event(Level::kError, "server.hand_over_failed", {{"error", ready.error()}});
    return false;  // Nothing was let go of: this one goes on.
  }
  core::log::event(Level::kInfo, "server.handing_over", {{"successor", successor->pid()}});
  const core::Result<> given = successor->give(program_->hand_over());
  const core::Result<> serving = given ? successor->wait_until_serving() : given;
  if (!serving) {
    core::log::event(Level::kError, "server.successor_lost", {{"error", serving.error()}});
    exit_code_ = EXIT_FAILURE;
  }
  return true;
}

}  // namespace

int serve(const Invocation& invocation, const core::Config& config) {
  const core::Result<core::ReactorChoice> choice = core::choose_reactor(config.server.reactor);
  if (!choice) {
    std::fprintf(stderr, "millrace: %s\n", core::explain_ring_failure(choice.error()).c_str());
    return kExConfig;
  }
  raise_descriptor_limit();
  Serving serving(invocation, config);
  if (const core::Result<> logging = core::log::start(config.log); !logging) {
    std::fprintf(stderr, "millrace: log.file %s: %s\n", config.log.file.c_str(),
                 logging.error().what);
    return kExConfig;
  }
  log_reactor(*choice);
  if (!serving.start(choice->reactor)) {
    core::log::stop();
    return kExCannotStart;
  }
  serving.announce();
  const int exit_code = serving.obey();
  end_at_once_when_asked_again(serving.signals());
  serving.stop();
  core::log::stop();
  return exit_code;
}

}  // namespace millrace
