#include "media/fmp4/codec_string.h"

#include <gtest/gtest.h>

#include "tests/media/formats.h"

namespace millrace::media::fmp4 {
namespace {

using test::from_hex;

std::string codec_of(Codec codec, std::string_view config_hex) {
  return rfc6381_codec({.codec = codec, .decoder_config = from_hex(config_hex)});
}

TEST(CodecString, ReadsAvcFromTheParameterSetItselfNotFromItsCopy) {
  EXPECT_EQ(rfc6381_codec(test::h264_180p()), "avc1.64000d");
  EXPECT_EQ(codec_of(Codec::kH264, "01 420000 ff e1 0004 67 64001f 00"), "avc1.64001f");
}

TEST(CodecString, ReadsHevcWithItsConstraintsInReverse) {
  EXPECT_EQ(codec_of(Codec::kHevc, "01 01 60000000 b00000000000 5d"), "hvc1.1.6.L93.B0");
  EXPECT_EQ(codec_of(Codec::kHevc, "01 22 20000000 900000000000 99"), "hvc1.2.4.H153.90");
}

TEST(CodecString, ReadsVp9AndAv1) {
  EXPECT_EQ(codec_of(Codec::kVp9, "01000000 00 1f 80 02 02 02 0000"), "vp09.00.31.08");
  EXPECT_EQ(codec_of(Codec::kAv1, "81 05 0c 00"), "av01.0.05M.08");
  EXPECT_EQ(codec_of(Codec::kAv1, "81 0d cc 00"), "av01.0.13H.10");
}

TEST(CodecString, TellsTheAacFlavoursApart) {
  EXPECT_EQ(rfc6381_codec(test::aac_stereo()), "mp4a.40.2");
  EXPECT_EQ(codec_of(Codec::kAac, "1190"), "mp4a.40.2");
  EXPECT_EQ(codec_of(Codec::kAac, "2b 11 88 00"), "mp4a.40.5") << "hierarchical signalling";
  EXPECT_EQ(codec_of(Codec::kAac, "13 10 56 e5 98"), "mp4a.40.5") << "behind an LC configuration";
  EXPECT_EQ(codec_of(Codec::kAac, "13 08 56 e5 9d 48 80"), "mp4a.40.29");
  EXPECT_EQ(codec_of(Codec::kAac, "eb 11 88 00"), "mp4a.40.29");
}

TEST(CodecString, IsEmptyWhereTheConfigurationIsCutOff) {
  EXPECT_EQ(codec_of(Codec::kH264, "01 64001f ff e1 0004 67 64"), "");
  EXPECT_EQ(codec_of(Codec::kHevc, "01 01 60000000"), "");
  EXPECT_EQ(codec_of(Codec::kVp9, "01000000 00 1f"), "");
  EXPECT_EQ(codec_of(Codec::kAv1, "81 05"), "");
  EXPECT_EQ(codec_of(Codec::kAac, "11"), "");
  EXPECT_EQ(codec_of(Codec::kOpus, ""), "opus");
}

}  // namespace
}  // namespace millrace::media::fmp4
