// Which cache lines each thread reads and writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace::bench {

/// A line that a thread touched while it was recorded.
struct Touched {
  uintptr_t line = 0;        ///< Address divided by 64.
  const void* writer = nullptr;  ///< Where it was written first; null: it was read only.
  const void* reader = nullptr;
};

/// The program's own code is compiled with -fsanitize=thread, and this stands in for the
/// sanitizer's runtime: every access of memory calls it. What libraries and the kernel touch is not
/// seen.
class AccessRecorder {
 public:
  static constexpr size_t kThreadsMax = 8;

  /// The calling thread is recorded as number `index`.
  static void join(size_t index) noexcept;
  static void record() noexcept;
  static void rest() noexcept;
  /// After `rest`, and a moment in which no thread is inside any more.
  static std::vector<Touched> touched_by(size_t index);
};

}  // namespace millrace::bench
