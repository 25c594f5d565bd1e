// What the process tells its caller. Source: sysexits.h.
#pragma once

namespace millrace {

inline constexpr int kExUsage = 64;
inline constexpr int kExCannotStart = 71;
inline constexpr int kExConfig = 78;  ///< Also: the kernel or the container forbids io_uring.

}  // namespace millrace
