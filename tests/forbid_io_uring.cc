// Linked into the tests that run on both reactors: with MR_FORBID_IO_URING set, io_uring is refused
// to the process, as the default profiles of container engines do, and every core falls back.

#include <seccomp.h>

#include <cerrno>
#include <cstdlib>

namespace {

[[maybe_unused]] const bool forbidden = [] {
  if (std::getenv("MR_FORBID_IO_URING") == nullptr) return false;
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  const bool done =
      filter != nullptr &&
      seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(io_uring_setup), 0) == 0 &&
      seccomp_load(filter) == 0;
  if (!done) std::abort();
  seccomp_release(filter);
  return true;
}();

}  // namespace
