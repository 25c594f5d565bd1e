// What to type to see a failure again, however it ended.
#pragma once

#include <string>

#include "tests/sim/simulation.h"

namespace millrace::sim {

/// As this program was called.
void set_program(const char* path) noexcept;
/// `again: build/dev/tests/sim_test --seed=7 --trace`
std::string replay_command(uint64_t seed);
/// Simulation::run, with the seed remembered in case that it ends the process.
Verdict run_announced(uint64_t seed, Trace::To to);
/// Writes the command for the seed that runs. Safe in a signal handler.
void tell_seed_at_death() noexcept;

}  // namespace millrace::sim
