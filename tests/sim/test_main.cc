// sim_test --seed=N [--count=M] [--trace]: runs these seeds and says what is wrong with the first
// that fails. Without --seed: the tests.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/config.h"
#include "core/log.h"
#include "tests/sim/replay.h"
#include "tests/sim/simulation.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#define MR_ON_SANITIZER_DEATH(function) __sanitizer_set_death_callback(function)
#define MR_PRINT_STACK() __sanitizer_print_stack_trace()
#endif
#endif
#ifndef MR_ON_SANITIZER_DEATH
#define MR_ON_SANITIZER_DEATH(function) static_cast<void>(function)
#define MR_PRINT_STACK() static_cast<void>(0)
#endif

namespace millrace::sim {
namespace {

struct Arguments {
  std::optional<uint64_t> seed;
  uint64_t count = 1;
  Trace::To trace = Trace::To::kNowhere;
};

bool take_number(std::string_view argument, std::string_view name, uint64_t& number) {
  if (!argument.starts_with(name)) return false;
  argument.remove_prefix(name.size());
  return std::from_chars(argument.data(), argument.data() + argument.size(), number).ec ==
         std::errc();
}

Arguments parse(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    uint64_t seed = 0;
    if (take_number(values[i], "--seed=", seed)) arguments.seed = seed;
    take_number(values[i], "--count=", arguments.count);
    if (std::string_view(values[i]) == "--trace") arguments.trace = Trace::To::kStandardError;
  }
  return arguments;
}

int replay(const Arguments& arguments) {
  size_t answers = 0;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t seed = *arguments.seed; seed < *arguments.seed + arguments.count; ++seed) {
    const Verdict verdict = run_announced(seed, arguments.trace);
    answers += verdict.answers;
    if (verdict.complaint.empty()) continue;
    fmt::print(stderr, "{}\n{}\n", verdict.complaint, replay_command(seed));
    return 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print("{} seeds, {} whole answers, {:.1f} s\n", arguments.count, answers, took.count());
  return 0;
}

}  // namespace
}  // namespace millrace::sim

int main(int argc, char** argv) {
  namespace sim = millrace::sim;
  namespace core = millrace::core;
  const sim::Arguments arguments = sim::parse(argc, argv);
  sim::set_program(argv[0]);
  std::signal(SIGABRT, [](int) { sim::tell_seed_at_death(); });
  std::signal(SIGTERM, [](int) {  // Of one who lost patience: where it hangs.
    MR_PRINT_STACK();
    sim::tell_seed_at_death();
    ::_exit(1);
  });
  MR_ON_SANITIZER_DEATH(&sim::tell_seed_at_death);
  // The failures of routes are meant to be: only a simulation that is looked at tells of them.
  core::LogConfig log{.level = core::LogLevel::kError, .file = "/dev/null"};
  if (arguments.trace == sim::Trace::To::kNowhere && !core::log::start(log)) return 1;
  int result = 0;
  if (arguments.seed) {
    result = sim::replay(arguments);
  } else {
    testing::InitGoogleTest(&argc, argv);
    result = RUN_ALL_TESTS();
  }
  core::log::stop();
  return result;
}
