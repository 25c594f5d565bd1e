// What both reactors must do alike to files.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "core/unique_fd.h"
#include "tests/core/each_ring.h"

namespace millrace::core::test {
namespace {

class FilesOfEachRing : public EachRing {};
INSTANTIATE_TEST_SUITE_P(Reactors, FilesOfEachRing, kBothReactors, reactor_name);

TEST_P(FilesOfEachRing, DoesLinkedFileOperationsInOrderAlsoAfterAFailure) {
  const std::string path = testing::TempDir() + "ring_test_linked";
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  ::unlink(path.c_str());
  const std::string bytes(100'000, 'x');
  std::string back(bytes.size(), '\0');
  Recorder fail, write, read;
  start(fail, [&](io_uring_sqe* sqe) {
    io_uring_prep_fadvise(sqe, file.get(), 0, 1, 12345);
    sqe->flags |= IOSQE_IO_HARDLINK;
  });
  start(write, [&](io_uring_sqe* sqe) {
    io_uring_prep_write(sqe, file.get(), bytes.data(), static_cast<unsigned>(bytes.size()), 0);
    sqe->flags |= IOSQE_IO_HARDLINK;
  });
  start(read, [&](io_uring_sqe* sqe) {
    io_uring_prep_read(sqe, file.get(), back.data(), static_cast<unsigned>(back.size()), 0);
  });
  turn_until([&] { return fail.ended() && write.ended() && read.ended(); });
  EXPECT_EQ(fail.last(), -EINVAL);
  EXPECT_EQ(write.last(), static_cast<int32_t>(bytes.size()));
  EXPECT_EQ(read.last(), static_cast<int32_t>(bytes.size()));
  EXPECT_EQ(back, bytes);
}

TEST_P(FilesOfEachRing, TakesMoreOperationsThanItsQueueHolds) {
  const std::string path = testing::TempDir() + "ring_test_many";
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  ::unlink(path.c_str());
  constexpr size_t kCount = 3000;
  std::vector<Recorder> ops(kCount);
  for (size_t i = 0; i < kCount; ++i) {
    start(ops[i],
          [&](io_uring_sqe* sqe) { io_uring_prep_write(sqe, file.get(), "abcd", 4, i * 4); });
  }
  turn_until(
      [&] { return std::ranges::all_of(ops, [](const Recorder& op) { return op.ended(); }); });
  EXPECT_TRUE(std::ranges::all_of(ops, [](const Recorder& op) { return op.last() == 4; }));
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_END), off_t{kCount} * 4);
}

TEST_P(FilesOfEachRing, WorksOnFilesByName) {
  std::string folder = testing::TempDir() + "ring_test_XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string below = folder + "/below";
  const std::string from = below + "/from";
  const std::string to = below + "/to";
  const auto make = [&](io_uring_sqe* sqe) {
    io_uring_prep_mkdirat(sqe, AT_FDCWD, below.c_str(), 0700);
  };
  EXPECT_EQ(result_of(make), 0);
  EXPECT_EQ(result_of(make), -EEXIST);
  const UniqueFd file(result_of([&](io_uring_sqe* sqe) {
    io_uring_prep_openat(sqe, AT_FDCWD, from.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  }));
  ASSERT_TRUE(file);
  EXPECT_EQ(
      result_of([&](io_uring_sqe* sqe) { io_uring_prep_fallocate(sqe, file.get(), 0, 0, 12345); }),
      0);
  EXPECT_EQ(result_of([&](io_uring_sqe* sqe) { io_uring_prep_fsync(sqe, file.get(), 0); }), 0);
  EXPECT_EQ(result_of([&](io_uring_sqe* sqe) {
              io_uring_prep_renameat(sqe, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0);
            }),
            0);
  struct statx answer{};
  const auto ask_for = [&](const std::string& path) {
    return result_of([&](io_uring_sqe* sqe) {
      io_uring_prep_statx(sqe, AT_FDCWD, path.c_str(), 0, STATX_SIZE, &answer);
    });
  };
  EXPECT_EQ(ask_for(from), -ENOENT);
  open_how how{.flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_BENEATH};
  EXPECT_EQ(
      result_of([&](io_uring_sqe* sqe) { io_uring_prep_openat2(sqe, AT_FDCWD, to.c_str(), &how); }),
      -EXDEV);
  EXPECT_EQ(ask_for(to), 0);
  EXPECT_EQ(answer.stx_size, 12345U);
  for (const auto& [path, flags] :
       {std::pair(to, 0), std::pair(below, AT_REMOVEDIR), std::pair(folder, AT_REMOVEDIR)}) {
    EXPECT_EQ(result_of([&](io_uring_sqe* sqe) {
                io_uring_prep_unlinkat(sqe, AT_FDCWD, path.c_str(), flags);
              }),
              0);
  }
}

TEST_P(FilesOfEachRing, ReadsFewerBytesAtTheEndOfAFileAndNonePastIt) {
  const std::string path = testing::TempDir() + "ring_test_end";
  const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  ::unlink(path.c_str());
  ASSERT_EQ(::write(file.get(), "twelve bytes", 12), 12);
  char bytes[8];
  const auto read_at = [&](uint64_t offset) {
    return result_of([&](io_uring_sqe* sqe) {
      io_uring_prep_read(sqe, file.get(), bytes, sizeof bytes, offset);
    });
  };
  EXPECT_EQ(read_at(0), 8);
  EXPECT_EQ(read_at(8), 4);
  EXPECT_EQ(read_at(12), 0);
}

TEST(EpollRing, DoesNotBeginAFileOperationThatWasCancelledInTheQueue) {
  const std::unique_ptr<Ring> ring = std::move(*Ring::create(Reactor::kEpoll));
  const std::string path = testing::TempDir() + "ring_test_fifo";
  ::unlink(path.c_str());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  // Opening a FIFO lasts until somebody opens the other end: every thread is busy.
  std::vector<Recorder> openings(5);
  for (Recorder& op : openings) {
    io_uring_sqe* sqe = ring->next_sqe();
    io_uring_prep_openat(sqe, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC, 0);
    Ring::address(sqe, &op);
  }
  ring->wait(0ns);
  ring->cancel(&openings.back());
  const UniqueFd writer(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  for (int i = 0;
       i < 2000 && std::ranges::any_of(openings, [](auto& op) { return !op.ended(); }); ++i) {
    ring->wait(10ms);
    ring->reap();
  }
  ::unlink(path.c_str());
  EXPECT_EQ(openings.back().last(), -ECANCELED);
  for (size_t i = 0; i + 1 < openings.size(); ++i) {
    EXPECT_GE(openings[i].last(), 0);
    const UniqueFd close(openings[i].last());
  }
}

}  // namespace
}  // namespace millrace::core::test
