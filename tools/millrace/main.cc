// The server's entry: command line, configuration, signals.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "core/config.h"
#include "core/log.h"
#include "core/ring.h"
#include "tools/millrace/program.h"

namespace millrace {
namespace {

// sysexits.h
constexpr int kExUsage = 64;
constexpr int kExCannotStart = 71;
constexpr int kExConfig = 78;  // Also: the kernel or the container forbids io_uring.

struct CommandLine {
  std::string config_file;
  std::string reactor;
  std::vector<std::string> settings;
  bool print_config = false;
};

/// Signals are taken by `wait_for_end` alone: every thread started afterwards inherits the mask.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

/// Until somebody wants the server to end. SIGHUP opens the log again, after a rotation, and reads
/// the certificates.
void wait_for_end(const sigset_t& set, Program& program) {
  for (;;) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (signal != SIGHUP) return;
    core::log::reopen();
    program.reload_certificates();
  }
}

void wait_for_second(const sigset_t& set) {
  int signal = SIGHUP;
  while (sigwait(&set, &signal) != 0 || signal == SIGHUP) {
  }
}

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
  core::log::event(core::log::Level::kWarning, "reactor.epoll",
                   {{"errno", name != nullptr ? name : "unknown"},
                    {"reason", core::explain_ring_failure(*choice.ring_failure)}});
}

int run(const core::Config& config) {
  const core::Result<core::ReactorChoice> choice = core::choose_reactor(config.server.reactor);
  if (!choice) {
    std::fprintf(stderr, "millrace: %s\n", core::explain_ring_failure(choice.error()).c_str());
    return kExConfig;
  }
  raise_descriptor_limit();
  const sigset_t signals = block_signals();
  if (const core::Result<> logging = core::log::start(config.log); !logging) {
    std::fprintf(stderr, "millrace: log.file %s: %s\n", config.log.file.c_str(),
                 logging.error().what);
    return kExConfig;
  }
  log_reactor(*choice);
  core::SystemClock clock;
  auto program = Program::start(config, clock, choice->reactor);
  if (!program) {
    std::fprintf(stderr, "millrace: %s\n", program.error().c_str());
    core::log::stop();
    return kExCannotStart;
  }
  for (const std::string& address : (*program)->addresses()) {
    std::printf("millrace: listening on %s\n", address.c_str());
  }
  std::fflush(stdout);
  wait_for_end(signals, **program);
  core::log::event(core::log::Level::kInfo, "server.stopping");
  std::thread([&signals] {
    wait_for_second(signals);  // The operator does not want to wait.
    std::_Exit(EXIT_FAILURE);
  }).detach();
  (*program)->stop();
  program->reset();
  core::log::stop();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  CLI::App app{"millrace: a video goes in, adaptive HLS comes out"};
  millrace::CommandLine line;
  app.add_option("-c,--config", line.config_file, "configuration, TOML")->check(CLI::ExistingFile);
  app.add_option("--set", line.settings, "one setting over the file: http.idle_timeout=30s");
  app.add_option("--reactor", line.reactor, "server.reactor: auto, uring or epoll");
  app.add_flag("--print-config", line.print_config, "print every key with its default and leave");
  app.set_version_flag("--version", MR_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : millrace::kExUsage;
  }
  if (line.print_config) {
    std::fputs(millrace::core::config_reference().c_str(), stdout);
    return EXIT_SUCCESS;
  }
  if (!line.reactor.empty()) line.settings.push_back("server.reactor=" + line.reactor);
  const auto config = millrace::core::load_config(line.config_file, line.settings);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().c_str());
    return millrace::kExConfig;
  }
  return millrace::run(*config);
}
