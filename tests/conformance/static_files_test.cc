// HT-03, HT-06 and HT-12 of the checklist, for files on disk.
#include "http/static_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/http/loopback.h"
#include "tests/temporary_folder.h"

namespace millrace::http {
namespace {

namespace fs = std::filesystem;
using test::Client;
using test::Reply;

class FilesOnDisk : public test::LoopbackTest {
 protected:
  FilesOnDisk() {
    fs::create_directory(top_.path() / "folder");
    std::ofstream(top_.path() / "folder" / "a.m3u8") << "#EXTM3U\n";
    std::ofstream(top_.path() / "folder" / "a.m4s") << std::string(100'000, 'a');
    std::ofstream(top_.path() / "secret") << "secret";
    fs::create_symlink("../secret", top_.path() / "folder" / "link");
    fs::create_symlink("..", top_.path() / "folder" / "parent");
    fd_ = std::move(*StaticFiles::open_folder(top_.path() / "folder"));
    core::FilesConfig config;
    files_ = std::make_unique<StaticFiles>(*core_, file_cache_options_of(config, fd_.get()),
                                           static_files_terms_of(config), cache_counts_);
    router_.add(Method::kGet, "/files/{path...}", endpoint<&StaticFiles::get_file>(*files_));
    start();
  }

  const millrace::test::TemporaryFolder top_;
  core::UniqueFd fd_;
  FileCacheMetrics cache_counts_{metrics_};
  std::unique_ptr<StaticFiles> files_;
};

TEST_F(FilesOnDisk, HT_03_IfRangeHoldsByStrongETagOrExactDate) {
  Client client = connect();
  const Reply whole = client.get("/files/a.m4s");
  const std::string etag(whole.field("ETag"));
  const std::string date(whole.field("Last-Modified"));
  const std::string range = "Range: bytes=0-9\r\nIf-Range: ";
  EXPECT_EQ(client.get("/files/a.m4s", range + etag + "\r\n").status, 206);
  EXPECT_EQ(client.get("/files/a.m4s", range + date + "\r\n").status, 206);
  EXPECT_EQ(client.get("/files/a.m4s", range + "\"other\"\r\n").status, 200);
  EXPECT_EQ(client.get("/files/a.m4s", "If-Modified-Since: " + date + "\r\n").status, 304);
}

TEST_F(FilesOnDisk, HT_06_PlaylistsAreKeptForLessTimeThanMedia) {
  Client client = connect();
  EXPECT_EQ(client.get("/files/a.m4s").field("Cache-Control"), "public, max-age=3600");
  EXPECT_EQ(client.get("/files/a.m3u8").field("Cache-Control"), "public, max-age=1");
}

TEST_F(FilesOnDisk, HT_12_NoLinkLeadsOutOfTheFolder) {
  Client client = connect();
  EXPECT_EQ(client.get("/files/link").status, 404);
  EXPECT_EQ(client.get("/files/parent/secret").status, 404);
  EXPECT_EQ(client.get("/files/parent/folder/a.m4s").status, 404) << "not even to come back";
}

}  // namespace
}  // namespace millrace::http
