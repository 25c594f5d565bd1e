#include "http/mime.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(ContentType, IsWhatPlayersExpect) {  // HT-01
  EXPECT_EQ(content_type_of("a/b.m3u8"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(content_type_of("b.TS"), "video/mp2t");
  EXPECT_EQ(content_type_of("init.mp4"), "video/mp4");
  EXPECT_EQ(content_type_of("1-3.m4s"), "video/iso.segment");
  EXPECT_EQ(content_type_of("storyboard.vtt"), "text/vtt; charset=utf-8");
  EXPECT_EQ(content_type_of("x.key"), "application/octet-stream");
  EXPECT_EQ(content_type_of("x.aac"), "audio/aac");
  EXPECT_EQ(content_type_of("a.m4s/x"), "application/octet-stream");
  EXPECT_EQ(content_type_of(""), "application/octet-stream");
}

TEST(ContentType, OfTextIsCompressibleAndOfMediaIsNot) {  // HT-07
  for (const std::string_view type :
       {"application/vnd.apple.mpegurl", "text/vtt; charset=utf-8", "application/json",
        "application/problem+json", "TEXT/HTML", "image/svg+xml"}) {
    EXPECT_TRUE(is_compressible(type)) << type;
  }
  for (const std::string_view type : {"video/mp4", "video/iso.segment", "image/jpeg", "",
                                      "application/octet-stream", "text/event-stream"}) {
    EXPECT_FALSE(is_compressible(type)) << type;
  }
}

}  // namespace
}  // namespace millrace::http
