#include <gtest/gtest.h>
#include <sys/mman.h>

#include "core/shared_memory.h"

namespace millrace::core {
namespace {

TEST(SharedMemory, IsRefusedWhereItCouldBeTruncatedUnderTheReader) {
  UniqueFd fd(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(fd.get(), 8192), 0);
  const auto attached = SharedMemory::attach(std::move(fd));
  ASSERT_FALSE(attached);
  EXPECT_EQ(attached.error().code, ErrorCode::kMalformed);
}

TEST(SharedMemory, CannotBeResizedByTheOtherProcess) {
  const auto memory = SharedMemory::create("test", 8192).value();
  EXPECT_NE(::ftruncate(memory.fd(), 0), 0);
  EXPECT_NE(::ftruncate(memory.fd(), 16384), 0);
}

TEST(SharedMemory, IsTheSameInBothMappings) {
  const auto here = SharedMemory::create("test", 8192).value();
  const auto there = SharedMemory::attach(UniqueFd(::dup(here.fd()))).value();
  ASSERT_EQ(there.bytes().size(), 8192u);
  there.bytes()[5000] = std::byte{42};
  EXPECT_EQ(here.bytes()[5000], std::byte{42});
}

}  // namespace
}  // namespace millrace::core
