#include "media/flv/stream_metadata.h"

#include <gtest/gtest.h>

#include "media/flv/amf0.h"
#include "tests/media/real_tools.h"

namespace millrace::media::flv {
namespace {

using core::ErrorCode;
using test::from_hex;

TEST(StreamMetadata, IsFoundBehindTheCommandThatSetsIt) {
  std::vector<std::byte> body;
  append_amf0(body, AmfValue::of("@setDataFrame"));
  append_amf0(body, AmfValue::of("onMetaData"));
  append_amf0(body, AmfValue::object({{"width", AmfValue::of(1920.0)},
                                      {"videodatarate", AmfValue::of(2500.0)},
                                      {"height", AmfValue::of("tall")},
                                      {"framerate", AmfValue::of(-1.0)},
                                      {"encoder", AmfValue::of("a\nb")}}));
  const auto metadata = parse_metadata(body);
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->width, 1920);
  EXPECT_EQ(metadata->video_bitrate_bps, 2'500'000);
  EXPECT_EQ(metadata->height, 0);
  EXPECT_EQ(metadata->frame_rate_fps, 0);
  EXPECT_EQ(metadata->encoder, "");
}

TEST(StreamMetadata, IsNotInOtherScripts) {
  EXPECT_EQ(parse_metadata(from_hex("02 0001 61 05")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(parse_metadata({}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace millrace::media::flv
