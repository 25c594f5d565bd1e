#include "http/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace millrace::http {
namespace {

std::string gunzip(const std::string& bytes, size_t size_max) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(size_max, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(text.size() - stream.avail_out);
  inflateEnd(&stream);
  return text;
}

TEST(Gzip, GivesBackTheText) {
  std::string playlist = "#EXTM3U\n";
  for (int i = 0; i < 500; ++i) playlist += "#EXTINF:6.00000,\n" + std::to_string(i) + ".m4s\n";
  const auto compressed = gzip(playlist);
  ASSERT_TRUE(compressed);
  EXPECT_LT(compressed->size(), playlist.size() / 4);
  EXPECT_EQ(gunzip(*compressed, playlist.size() + 1), playlist);
}

TEST(Gzip, GivesTheSameBytesEveryTime) {  // HT-04: ETags are equal across origins.
  const std::string text(5000, 'x');
  EXPECT_EQ(gzip(text).value(), gzip(text).value());
  EXPECT_EQ(gunzip(gzip("").value(), 16), "");
}

}  // namespace
}  // namespace millrace::http
