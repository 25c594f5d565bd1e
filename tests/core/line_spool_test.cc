#include "core/line_spool.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

namespace millrace::core {
namespace {

namespace fs = std::filesystem;

class LineSpoolTest : public testing::Test {
 protected:
  LineSpoolTest() {
    std::string name = testing::TempDir() + "millrace-spool-XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~LineSpoolTest() override { fs::remove_all(folder_); }

  std::unique_ptr<LineSpool> open(const std::string& name) {
    auto spool = LineSpool::open(folder_ / name);
    EXPECT_TRUE(spool);
    return spool ? std::move(*spool) : nullptr;
  }
  std::vector<std::string> lines_of(const std::string& name) const {
    std::ifstream file(folder_ / name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  fs::path folder_;
};

TEST_F(LineSpoolTest, WritesTheLinesOfEachThreadWholeAndInOrder) {
  constexpr int kLines = 20'000;
  auto spool = open("a.log");
  std::vector<std::thread> threads;
  for (char name : {'a', 'b', 'c'}) {
    threads.emplace_back([&, name] {
      for (int i = 0; i < kLines; ++i) spool->push(fmt::format("{} {}\n", name, i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(spool->dropped_count(), 0U);
  spool.reset();
  std::map<char, int> next;
  for (const std::string& line : lines_of("a.log")) {
    const char name = line.at(0);
    ASSERT_EQ(line, fmt::format("{} {}", name, next[name]));
    ++next[name];
  }
  EXPECT_EQ(next, (std::map<char, int>{{'a', kLines}, {'b', kLines}, {'c', kLines}}));
}

TEST_F(LineSpoolTest, CountsWhatFindsNoRoomAndDoesNotWait) {
  // A pipe that nobody reads takes 64 KiB, and then the writing thread waits.
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const UniqueFd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  auto spool = open("pipe");
  const std::string line(1023, 'x');
  constexpr size_t kLines = 3 * kLineSpoolRingSize / 1024;
  for (size_t i = 0; i < kLines; ++i) spool->push(line + "\n");
  const uint64_t dropped = spool->dropped_count();
  EXPECT_GT(dropped, 0U);
  EXPECT_LT(dropped, kLines);
  std::jthread drain([fd = reader.get()](const std::stop_token& stop) {
    std::array<char, 65536> bytes;
    while (!stop.stop_requested()) static_cast<void>(::read(fd, bytes.data(), bytes.size()));
  });
  spool.reset();
}

TEST_F(LineSpoolTest, GoesOnInANewFileAfterARotation) {
  auto spool = open("a.log");
  spool->push("before\n");
  while (lines_of("a.log").empty()) std::this_thread::yield();
  fs::rename(folder_ / "a.log", folder_ / "a.log.1");
  spool->reopen();
  while (!fs::exists(folder_ / "a.log")) std::this_thread::yield();
  spool->push("after\n");
  spool.reset();
  EXPECT_EQ(lines_of("a.log.1"), (std::vector<std::string>{"before"}));
  EXPECT_EQ(lines_of("a.log"), (std::vector<std::string>{"after"}));
}

TEST_F(LineSpoolTest, SaysWhenItsFileCannotBeOpened) {
  EXPECT_EQ(LineSpool::open(folder_ / "no" / "such").error().os_errno, ENOENT);
}

}  // namespace
}  // namespace millrace::core
