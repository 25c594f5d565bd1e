// Whether the disk has room for what is being made.
#pragma once

#include <cstdint>
#include <string>

#include "core/clock.h"
#include "core/control.h"
#include "core/task.h"

namespace millrace::media::library {

/// What shall stay free, for the catalogue, the log and uploads that are on their way.
class FreeSpaceFloor {
 public:
  /// `control` is borrowed, and so is `floor`, in bytes.
  FreeSpaceFloor(core::ControlThread& control, std::string folder, const uint64_t& floor)
      : control_(control), folder_(std::move(folder)), floor_(floor) {}

  /// Cheap enough for every fragment: the disk is asked once a second. Errors: kNoSpace (less is
  /// free), kOs, kOverloaded.
  core::Task<core::Result<>> check();

 private:
  core::ControlThread& control_;
  std::string folder_;
  const uint64_t& floor_;
  core::MonotonicTime next_{};
};

}  // namespace millrace::media::library
