// Assertions stay on in release builds: they state what must hold whatever the input is. Input from
// the network, a file or a worker process never reaches one.
#pragma once

namespace millrace::core {

/// Prints the place and the condition to standard error and aborts. Allocates nothing.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace millrace::core

#define MR_ASSERT(condition)   \
  (static_cast<bool>(condition) \
       ? static_cast<void>(0)   \
       : ::millrace::core::assertion_failed(#condition, __FILE__, __LINE__))
