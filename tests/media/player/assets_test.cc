#include "media/player/assets.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <set>
#include <string>
#include <vector>

namespace millrace::media::player {
namespace {

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string gunzip(std::span<const std::byte> packed, size_t size) {
  std::string out(size + 1, '\0');  // One more, so that a longer answer shows.
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return "inflateInit2";
  std::string in = text(packed);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return status == Z_STREAM_END ? out : "inflate failed";
}

TEST(Assets, HoldThePageAndEachFileOnce) {
  const Asset* page = find_asset("/");
  ASSERT_NE(page, nullptr);
  EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
  EXPECT_TRUE(text(page->bytes).starts_with("<!doctype html>"));
  std::set<std::string_view> paths;
  for (const Asset& asset : assets()) {
    EXPECT_TRUE(asset.path == "/" || asset.path.starts_with("/assets/")) << asset.path;
    EXPECT_FALSE(asset.bytes.empty()) << asset.path;
    EXPECT_TRUE(paths.insert(asset.path).second) << asset.path << " twice";
  }
  EXPECT_EQ(find_asset("/assets/nothing.js"), nullptr);
}

TEST(Assets, CompressedVariantsUnpackToTheSameBytes) {
  for (const Asset& asset : assets()) {
    if (asset.gzip.empty()) continue;
    EXPECT_LT(asset.gzip.size(), asset.bytes.size()) << asset.path;
    EXPECT_EQ(gunzip(asset.gzip, asset.bytes.size()), text(asset.bytes)) << asset.path;
  }
}

TEST(Assets, EveryAddressThatAPageFileNamesIsEmbedded) {
  for (const Asset& asset : assets()) {
    if (asset.path.starts_with("/assets/vendor/")) continue;
    const std::string body = text(asset.bytes);
    for (size_t at = body.find("/assets/"); at != std::string::npos;
         at = body.find("/assets/", at + 1)) {
      const size_t end = body.find_first_of("\"'`#)$ ", at);
      const std::string path = body.substr(at, end - at);
      if (path.ends_with('/') || path.starts_with("/assets/vendor/")) continue;
      EXPECT_NE(find_asset(path), nullptr) << asset.path << " names " << path;
    }
  }
}

TEST(Assets, ThePageObeysItsOwnContentSecurityPolicy) {
  const std::string page = text(find_asset("/")->bytes);
  EXPECT_EQ(page.find("<style"), std::string::npos);
  EXPECT_EQ(page.find(" style="), std::string::npos);
  EXPECT_EQ(page.find(" onclick="), std::string::npos);
  EXPECT_EQ(page.find("http://"), std::string::npos);
  EXPECT_EQ(page.find("https://"), std::string::npos);
  for (size_t at = page.find("<script"); at != std::string::npos; at = page.find("<script", at + 1))
    EXPECT_NE(page.substr(at, page.find('>', at) - at).find(" src="), std::string::npos);
}

}  // namespace
}  // namespace millrace::media::player
