#include "core/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace millrace::core {
namespace {

TEST(Result, CallsAFullDiskNoSpaceWhateverTheCallWas) {
  EXPECT_EQ(os_failure(ENOSPC, "write").error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(os_failure(EDQUOT, "write").error().code, ErrorCode::kNoSpace);
}

TEST(Result, KeepsTheErrnoOfAFailedCall) {
  const Error error = os_failure(EIO, "read").error();
  EXPECT_EQ(error.code, ErrorCode::kOs);
  EXPECT_EQ(error.os_errno, EIO);
  EXPECT_STREQ(error.what, "read");
}

}  // namespace
}  // namespace millrace::core
