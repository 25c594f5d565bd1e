#include "core/log.h"

#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "core/limits.h"

namespace millrace::core::log {
namespace {

namespace fs = std::filesystem;

class Log : public testing::Test {
 protected:
  Log() : folder_(fs::temp_directory_path() / ("millrace-log-" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~Log() override {
    stop();
    fs::remove_all(folder_);
  }

  LogConfig to_file(const std::string& name) const {
    return {.level = Level::kInfo, .format = LogFormat::kText, .file = folder_ / name};
  }
  std::vector<std::string> lines_of(const std::string& name) const {
    std::ifstream file(folder_ / name);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  const fs::path folder_;
};

TEST_F(Log, WritesEveryEventBeforeItStops) {
  ASSERT_TRUE(start(to_file("a.log")).has_value());
  const uint64_t dropped_before = dropped_count();
  for (int i = 0; i < 100; ++i) event(Level::kInfo, "test.event", {{"number", i}});
  stop();
  const auto lines = lines_of("a.log");
  ASSERT_EQ(lines.size(), 100U);
  EXPECT_TRUE(lines[99].ends_with(" info test.event number=99")) << lines[99];
  EXPECT_EQ(dropped_count(), dropped_before);
}

TEST_F(Log, ThrowsAwayWhatIsBelowItsLevel) {
  ASSERT_TRUE(start(to_file("a.log")).has_value());
  event(Level::kDebug, "test.hidden");
  event(Level::kError, "test.shown");
  EXPECT_FALSE(enabled(Level::kDebug));
  EXPECT_TRUE(enabled(Level::kInfo));
  stop();
  EXPECT_EQ(lines_of("a.log").size(), 1U);
}

TEST_F(Log, AppendsToAFileThatOthersMayNotRead) {
  for (int run = 0; run < 2; ++run) {
    ASSERT_TRUE(start(to_file("a.log")).has_value());
    event(Level::kInfo, "test.event");
    stop();
  }
  EXPECT_EQ(lines_of("a.log").size(), 2U);
  EXPECT_EQ(fs::status(folder_ / "a.log").permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(Log, RefusesAFileItCannotOpen) {
  const auto started = start(to_file("no/such/folder.log"));
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, ErrorCode::kNotFound);
}

TEST_F(Log, GoesOnInANewFileAfterRotation) {
  ASSERT_TRUE(start(to_file("a.log")).has_value());
  event(Level::kInfo, "test.before");
  while (lines_of("a.log").empty()) std::this_thread::yield();
  fs::rename(folder_ / "a.log", folder_ / "a.log.1");
  reopen();
  while (!fs::exists(folder_ / "a.log")) std::this_thread::yield();
  event(Level::kInfo, "test.after");
  stop();
  ASSERT_EQ(lines_of("a.log").size(), 1U);
  EXPECT_TRUE(lines_of("a.log")[0].ends_with("test.after"));
}

TEST_F(Log, NeverBlocksAndCountsWhatItDrops) {
  // A pipe that nobody reads: the writer waits in it, as on a dead disk.
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(start(to_file("pipe")).error().os_errno, ENXIO) << "it does not wait for a reader";
  const int reader = open((folder_ / "pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_EQ(fcntl(reader, F_SETFL, 0), 0);
  ASSERT_TRUE(start(to_file("pipe")).has_value());
  const uint64_t dropped_before = dropped_count();
  const uint64_t sent = 3 * kLogQueueLineCount;
  for (uint64_t i = 0; i < sent; ++i) {
    event(Level::kInfo, "test.event", {{"padding", std::string(300, 'x')}});
  }
  EXPECT_GT(dropped_count(), dropped_before);

  // Once somebody reads, what was queued comes out, and how much was lost with it.
  uint64_t read_count = 0;
  bool told = false;
  std::jthread drain([&] {
    std::string text;
    std::array<char, 4096> buffer;
    for (ssize_t n = 0; (n = read(reader, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<size_t>(n));
    }
    for (size_t at = 0; (at = text.find("test.event", at)) != std::string::npos; ++at) ++read_count;
    told = text.find("log.dropped events=") != std::string::npos;
  });
  stop();
  drain.join();
  close(reader);
  EXPECT_EQ(read_count + (dropped_count() - dropped_before), sent);
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace millrace::core::log
