// The server's entry: the command line.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/config.h"
#include "tools/millrace/exit_codes.h"
#include "tools/millrace/memory_plan.h"
#include "tools/millrace/program.h"
#include "tools/millrace/serve.h"

namespace millrace {
namespace {

struct CommandLine {
  std::string config_file;
  std::string reactor;
  std::vector<std::string> settings;
  bool print_config = false;
  bool check = false;
};

/// By its path, also after a new version has taken its place there.
std::string path_of_this_program() {
  std::array<char, 4096> path;
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  return size > 0 ? std::string(path.data(), static_cast<size_t>(size)) : "millrace";
}

int run(const CommandLine& line, std::vector<std::string> command) {
  if (line.print_config) {
    std::fputs(core::config_reference().c_str(), stdout);
    return EXIT_SUCCESS;
  }
  const auto config = core::load_config(line.config_file, line.settings);
  if (!config) {
    std::fprintf(stderr, "%s\n", config.error().c_str());
    return kExConfig;
  }
  if (line.check) {
    const core::SystemClock clock;
    if (const auto rehearsed = Program::rehearse(*config, clock); !rehearsed) {
      std::fprintf(stderr, "%s\n", rehearsed.error().c_str());
      return kExConfig;
    }
    std::fputs(describe_memory(*config).c_str(), stdout);
    return EXIT_SUCCESS;
  }
  return serve({.command = std::move(command),
                .config_file = line.config_file,
                .settings = line.settings},
               *config);
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  CLI::App app{"millrace: a video goes in, adaptive HLS comes out"};
  millrace::CommandLine line;
  app.add_option("-c,--config", line.config_file, "configuration, TOML");
  app.add_option("--set", line.settings, "one setting over the file: http.idle_timeout=30s");
  app.add_option("--reactor", line.reactor, "server.reactor: auto, uring or epoll");
  app.add_flag("--print-config", line.print_config, "print every key with its default and leave");
  app.set_version_flag("--version", MR_VERSION);
  app.fallthrough();
  CLI::App* check = app.add_subcommand(
      "check", "read the configuration, print the memory that it may take at most, and leave");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : millrace::kExUsage;
  }
  if (!line.reactor.empty()) line.settings.push_back("server.reactor=" + line.reactor);
  line.check = check->parsed();
  std::vector<std::string> command(argv, argv + argc);
  command.front() = millrace::path_of_this_program();
  return millrace::run(line, std::move(command));
}
