// Memory of coroutine frames: free lists per thread, because a frame is made and freed several
// times in the life of every request.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::core {

/// As operator new and delete; `size` must be the same in both. A frame may be freed on another
/// thread than it was made on. Sizes over 4 KiB go to the allocator, and so does everything when an
/// address sanitizer watches, which would not see a use after free in a free list.
[[nodiscard]] void* allocate_frame(std::size_t size);
void free_frame(void* frame, std::size_t size) noexcept;
/// Frames that the calling thread has made, less those that it has freed.
[[nodiscard]] std::int64_t frames_outstanding() noexcept;

}  // namespace millrace::core
