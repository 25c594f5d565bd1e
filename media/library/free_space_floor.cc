#include "media/library/free_space_floor.h"

#include <filesystem>

#include "core/core.h"

namespace millrace::media::library {
namespace {

// What a ladder writes in a second, some megabytes, is little beside any floor.
constexpr std::chrono::seconds kInterval{1};

}  // namespace

core::Task<core::Result<>> FreeSpaceFloor::check() {
  const core::MonotonicTime now = core::Core::current().now();
  if (now < next_) co_return core::Result<>{};
  next_ = now + kInterval;
  co_return co_await control_.run([folder = folder_, floor = floor_]() -> core::Result<> {
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(folder, error);
    if (error) return core::os_failure(error.value(), "asking for the free space");
    if (space.available >= floor) return {};
    return core::fail(core::ErrorCode::kNoSpace, "less is free than store.free_space_floor");
  });
}

}  // namespace millrace::media::library
