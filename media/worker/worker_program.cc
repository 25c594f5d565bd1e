#include "media/worker/worker_program.h"

#include <filesystem>
#include <system_error>

namespace millrace::media::worker {

WorkerProgram worker_program(const core::WorkersConfig& config) {
  WorkerProgram program;
  program.executable = config.path;
  program.silence_max = config.silence_max;
  if (program.executable.empty()) {
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    program.executable = self.parent_path() / "millrace-worker";
  }
  return program;
}

}  // namespace millrace::media::worker
