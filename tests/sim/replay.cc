#include "tests/sim/replay.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

namespace millrace::sim {
namespace {

const char* program = "sim_test";
bool is_running = false;
uint64_t running_seed = 0;

}  // namespace

void set_program(const char* path) noexcept { program = path; }

std::string replay_command(uint64_t seed) {
  return fmt::format("again: {} --seed={} --trace", program, seed);
}

Verdict run_announced(uint64_t seed, Trace::To to) {
  running_seed = seed;
  is_running = true;
  Verdict verdict = Simulation::run(seed, to);
  is_running = false;
  return verdict;
}

void tell_seed_at_death() noexcept {
  if (!is_running) return;
  is_running = false;
  std::array<char, 512> line;
  const auto end = fmt::format_to_n(line.data(), line.size() - 1, "again: {} --seed={} --trace\n",
                                    program, running_seed);
  static_cast<void>(::write(STDERR_FILENO, line.data(), std::min(end.size, line.size())));
}

}  // namespace millrace::sim
