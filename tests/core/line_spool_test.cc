#include "core/line_spool.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
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

TEST_F(LineSpoolTest, EndsAlthoughNobodyReadsItsPipe) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(LineSpool::open(pipe).error().os_errno, ENXIO);
  const UniqueFd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  auto spool = open("pipe");
  std::jthread other([&] { spool->push(std::string(1023, 'y') + "\n"); });
  for (int i = 0; i < 200; ++i) spool->push(std::string(1023, 'x') + "\n");
  other.join();
  const auto began = std::chrono::steady_clock::now();
  spool.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST_F(LineSpoolTest, EndsALineThatAFullDiskCutOff) {
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit full = before;
  full.rlim_cur = 1000;
  std::signal(SIGXFSZ, SIG_IGN);
  auto spool = open("a.log");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  for (int i = 0; i < 20; ++i) spool->push(std::string(99, 'x') + "\n");
  spool->push(std::string(59, 'y') + "\n");
  while (spool->dropped_count() == 0) std::this_thread::yield();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  spool->push("after\n");
  const auto written = [&] {
    const std::vector<std::string> lines = lines_of("a.log");
    return !lines.empty() && lines.back() == "after";
  };
  while (!written()) std::this_thread::yield();
  const uint64_t dropped = spool->dropped_count();
  spool.reset();
  std::vector<std::string> whole;
  for (const std::string& line : lines_of("a.log")) {
    if (line.size() == 99 || line.size() == 59) whole.push_back(line);
  }
  EXPECT_EQ(whole.size() + dropped, 21U);
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
