#include "http/static_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/http/loopback.h"
#include "tests/temporary_folder.h"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::Reply;
namespace fs = std::filesystem;

/// A folder of its own for each test, with a neighbour that nobody may see.
class StaticFilesTest : public test::LoopbackTest {
 protected:
  StaticFilesTest() {
    fs::create_directory(folder());
    write("../secret.txt", "secret");
  }

  fs::path folder() const { return outside_.path() / "folder"; }
  // Put in place whole, as a packager does it.
  void write(const std::string& name, std::string_view text) const {
    const fs::path path = folder() / name;
    fs::create_directories(path.parent_path());
    const fs::path draft = outside_.path() / "draft";
    std::ofstream(draft, std::ios::binary) << text;
    fs::rename(draft, path);
  }
  void serve(OpenFileCache::Options options = {}) {
    auto fd = StaticFiles::open_folder(folder());
    ASSERT_TRUE(fd);
    folder_fd_ = std::move(*fd);
    options.folder = folder_fd_.get();
    files_ = std::make_unique<StaticFiles>(
        *core_, options,
        StaticFiles::Terms{.cache_control = "public, max-age=60",
                           .playlist_cache_control = "public, max-age=1"},
        cache_counts_);
    router_.add(Method::kGet, "/files/{path...}", endpoint<&StaticFiles::get_file>(*files_));
    start();
  }
  uint64_t hits() const { return metrics_.value(cache_counts_.hits); }
  uint64_t misses() const { return metrics_.value(cache_counts_.misses); }
  uint64_t rechecks() const { return metrics_.value(cache_counts_.rechecks); }

  const millrace::test::TemporaryFolder outside_;
  FileCacheMetrics cache_counts_{metrics_};
  core::UniqueFd folder_fd_;
  std::unique_ptr<StaticFiles> files_;
};

TEST_F(StaticFilesTest, ServesASmallFileFromMemoryAndALargeOneFromItsDescriptor) {
  const std::string small(OpenFileCache::kSmallFileBytes, 's');
  const std::string large(OpenFileCache::kSmallFileBytes + 1, 'l');
  write("a/small.m4s", small);
  write("a/large.m4s", large);
  write("empty.ts", "");
  serve();
  Client client = connect();
  EXPECT_EQ(client.get("/files/a/small.m4s").body, small);
  EXPECT_EQ(metrics_.value(cache_counts_.descriptors), 0);
  EXPECT_EQ(metrics_.value(cache_counts_.memory), static_cast<int64_t>(small.size()));
  EXPECT_EQ(client.get("/files/a/large.m4s").body, large);
  EXPECT_EQ(metrics_.value(cache_counts_.descriptors), 1);
  const Reply empty = client.get("/files/empty.ts");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.field("Content-Length"), "0");
  EXPECT_EQ(empty.field("Content-Type"), "video/mp2t");
}

TEST_F(StaticFilesTest, SaysWhatCachesAndResumingClientsNeed) {
  write("seg.m4s", std::string(100'000, 'x'));
  write("list.m3u8", "#EXTM3U\n" + std::string(1000, '#'));
  serve();
  Client client = connect();
  const Reply segment = client.get("/files/seg.m4s", "Range: bytes=10-19\r\n");
  EXPECT_EQ(segment.status, 206);
  EXPECT_EQ(segment.field("Content-Range"), "bytes 10-19/100000");
  EXPECT_EQ(segment.field("Cache-Control"), "public, max-age=60");
  EXPECT_EQ(segment.field("Content-Type"), "video/iso.segment");
  EXPECT_NE(segment.field("Last-Modified"), "");
  const std::string unless = "If-None-Match: " + std::string(segment.field("ETag")) + "\r\n";
  EXPECT_EQ(client.get("/files/seg.m4s", unless).status, 304);
  const Reply playlist = client.get("/files/list.m3u8", "Range: bytes=0-\r\n");
  EXPECT_EQ(playlist.status, 200) << "LH-08";
  EXPECT_EQ(playlist.field("Content-Type"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(playlist.field("Cache-Control"), "public, max-age=1");
  const Reply zipped = client.get("/files/list.m3u8", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(zipped.field("Content-Encoding"), "gzip");
  EXPECT_LT(zipped.body.size(), 100U);
}

TEST_F(StaticFilesTest, ShowsNothingHiddenNothingOutsideAndNoFolder) {
  write("sub/file.ts", "x");
  write(".hidden", "x");
  write(".git/config", "x");
  fs::create_symlink("../secret.txt", folder() / "link.txt");
  fs::create_directory_symlink("..", folder() / "up");
  fs::create_symlink(outside_.path() / "secret.txt", folder() / "absolute.txt");
  fs::create_symlink("/proc/self/environ", folder() / "environ");
  fs::create_symlink("sub/file.ts", folder() / "inside.ts");
  ASSERT_EQ(::mkfifo((folder() / "pipe").c_str(), 0600), 0);
  serve();
  for (const std::string name :
       {"", "sub", "sub/", ".hidden", ".git/config", "link.txt", "up/secret.txt", "absolute.txt",
        "environ", "pipe", "sub//file.ts", "sub/file.ts/", "sub/file.ts/x", "./sub/file.ts",
        "%2e%2e/secret.txt", "..%2fsecret.txt"}) {
    const int status = connect().get("/files/" + name).status;
    EXPECT_TRUE(status == 404 || status == 400) << name << ": " << status;
  }
  EXPECT_EQ(connect().get("/files/inside.ts").body, "x");
}

TEST_F(StaticFilesTest, BelievesAFileForAWhileAndThenLooksAgain) {
  write("live.m3u8", "one");
  serve({.recheck_after = 1s});
  Client client = connect();
  EXPECT_EQ(client.get("/files/live.m3u8").body, "one");
  const std::string etag(client.get("/files/live.m3u8").field("ETag"));
  EXPECT_EQ(hits(), 1U);
  write("live.m3u8", "two");
  EXPECT_EQ(client.get("/files/live.m3u8").body, "one");
  advance(1s);
  const Reply changed = client.get("/files/live.m3u8");
  EXPECT_EQ(changed.body, "two");
  EXPECT_NE(changed.field("ETag"), etag);
  EXPECT_EQ(rechecks(), 1U);
  advance(1s);
  EXPECT_EQ(client.get("/files/live.m3u8").body, "two") << "unchanged, and still there";
  fs::remove(folder() / "live.m3u8");
  advance(1s);
  EXPECT_EQ(client.get("/files/live.m3u8").status, 404);
  EXPECT_EQ(metrics_.value(cache_counts_.memory), 0);
}

TEST_F(StaticFilesTest, RemembersAbsenceNoLonger) {
  serve({.recheck_after = 1s});
  Client client = connect();
  EXPECT_EQ(client.get("/files/late.ts").status, 404);
  EXPECT_EQ(client.get("/files/late.ts").status, 404);
  EXPECT_EQ(misses(), 1U);
  write("late.ts", "here");
  advance(1s);
  EXPECT_EQ(client.get("/files/late.ts").body, "here");
}

TEST_F(StaticFilesTest, OpensAFileOnceForAllWhoAskAtOnce) {
  write("a.ts", "x");
  serve();
  std::vector<Client> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(connect());
  for (Client& client : clients) client.send("GET /files/a.ts HTTP/1.1\r\nHost: x\r\n\r\n");
  for (Client& client : clients) EXPECT_EQ(client.read_reply().body, "x");
  EXPECT_EQ(misses(), 1U);
  EXPECT_EQ(hits(), 19U);
}

TEST_F(StaticFilesTest, ClosesWhatWasNotAskedForTheLongest) {
  for (const std::string name : {"1.ts", "2.ts", "3.ts"}) {
    write(name, std::string(40'000, name[0]));
  }
  serve({.files_max = 2});
  Client client = connect();
  client.get("/files/1.ts");
  client.get("/files/2.ts");
  client.get("/files/1.ts");
  client.get("/files/3.ts");
  EXPECT_EQ(metrics_.value(cache_counts_.descriptors), 2);
  EXPECT_EQ(misses(), 3U);
  client.get("/files/1.ts");
  EXPECT_EQ(misses(), 3U) << "was asked for more recently than 2.ts";
  client.get("/files/2.ts");
  EXPECT_EQ(misses(), 4U);
}

TEST_F(StaticFilesTest, KeepsWithinItsMemory) {
  for (int i = 0; i < 8; ++i) write(fmt::format("{}.ts", i), std::string(10'000, 'x'));
  serve({.memory_max = 25'000});
  Client client = connect();
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(client.get(fmt::format("/files/{}.ts", i)).body.size(), 10'000U);
  }
  EXPECT_EQ(metrics_.value(cache_counts_.memory), 20'000);
}

TEST_F(StaticFilesTest, MadeUpNamesDriveNoFileOut) {
  write("a.ts", "x");
  serve({.files_max = 4, .recheck_after = 1h});
  Client client = connect();
  client.get("/files/a.ts");
  for (size_t i = 0; i < OpenFileCache::kAbsentMax + 10; ++i) {
    ASSERT_EQ(client.get(fmt::format("/files/no{}.ts", i)).status, 404);
  }
  const uint64_t before = misses();
  EXPECT_EQ(client.get("/files/a.ts").status, 200);
  EXPECT_EQ(misses(), before);
  client.get("/files/no0.ts");
  EXPECT_EQ(misses(), before + 1) << "names are forgotten beyond a limit";
}

TEST_F(StaticFilesTest, AClientThatLeavesDoesNotTakeTheFileFromTheOthers) {
  write("a.ts", "x");
  serve();
  {
    Client gone = connect();
    gone.send("GET /files/a.ts HTTP/1.1\r\nHost: x\r\n\r\n");
    core_->turn(core::Core::Idle::kReturn);
  }
  Client client = connect();
  EXPECT_EQ(client.get("/files/a.ts").body, "x");
}

TEST(StaticFilesFolder, MustExist) {
  const auto opened = StaticFiles::open_folder("/nonexistent/folder");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, core::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace millrace::http
