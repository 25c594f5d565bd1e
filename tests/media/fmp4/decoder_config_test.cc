#include "media/fmp4/decoder_config.h"

#include <gtest/gtest.h>

#include "media/fmp4/codec_string.h"
#include "tests/media/formats.h"

namespace millrace::media::fmp4 {
namespace {

using test::from_hex;
using test::to_hex;

TEST(DecoderConfig, MakesAvccFromAnnexB) {
  const auto config =
      avc_decoder_config(from_hex("00000001 6764000dacd941419f9f0110000003001000000303c0f1429960"
                                  "000001 68ef8fcb 00000001 0605ff"));
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(to_hex(*config),
            "0164000dffe1001a6764000dacd941419f9f0110000003001000000303c0f1429960"
            "01000468ef8fcbfdf8f800");
}

TEST(DecoderConfig, LeavesTheExtensionOutForBaselineAndMain) {
  const auto config = avc_decoder_config(from_hex("000001 6742c00dd9 000001 68cb83cb"));
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(to_hex(*config), "0142c00dffe100056742c00dd901000468cb83cb");
}

TEST(DecoderConfig, RefusesAnAvcStreamWithoutParameterSets) {
  EXPECT_FALSE(avc_decoder_config({}));
  EXPECT_FALSE(avc_decoder_config(from_hex("000001 6742c00d")));
  EXPECT_FALSE(avc_decoder_config(from_hex("000001 68cb83cb 000001 67")));
}

// The av1C boxes that FFmpeg wrote for streams of SVT-AV1 and libaom.
TEST(DecoderConfig, MakesHvccFromAnnexB) {
  const std::string vps = "40010c01ffff01600000030090000003000003003c959409";
  const std::string sps =
      "42010101600000030090000003000003003ca00a080c1f3e595952930bc05a020000030002000003003c10";
  const std::string pps = "4401c073c189";
  const auto config =
      hevc_decoder_config(from_hex("00000001" + vps + "000001" + sps + "000001" + pps));
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(to_hex(*config), "0101600000009000000000003cf000fcfdf8f800000f03a000010018" + vps +
                                 "a10001002b" + sps + "a200010006" + pps)
      << "as FFmpeg writes it";
}

TEST(DecoderConfig, RefusesAnHevcStreamWithoutOrWithBrokenParameterSets) {
  EXPECT_FALSE(hevc_decoder_config(from_hex("000001 40010c01ffff 000001 4401c073c189")));
  EXPECT_FALSE(hevc_decoder_config(from_hex("000001 40010c01ff 000001 420101 000001 4401c0")));
}

TEST(DecoderConfig, MakesAv1cFromASequenceHeader) {
  const auto eight_bit = av1_decoder_config(from_hex("1200 0a0b000000043cfecc02f80040"));
  ASSERT_TRUE(eight_bit) << eight_bit.error().what;
  EXPECT_EQ(to_hex(*eight_bit), "81000c000a0b000000043cfecc02f80040");
  const auto ten_bit = av1_decoder_config(from_hex("0a0b000000043cfeccdaf94040"));
  ASSERT_TRUE(ten_bit) << ten_bit.error().what;
  EXPECT_EQ(to_hex(*ten_bit), "81004c000a0b000000043cfeccdaf94040");
  EXPECT_EQ(rfc6381_codec({.codec = Codec::kAv1, .decoder_config = *ten_bit}), "av01.0.00M.10");
}

TEST(DecoderConfig, RefusesAnAv1StreamCutAnywhere) {
  const auto whole = from_hex("0a0b000000043cfecc02f80040");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(av1_decoder_config(std::span(whole).first(size))) << size;
  }
}

TEST(DecoderConfig, TurnsAnOpusHeadRound) {
  const auto config = opus_decoder_config(from_hex("4f70757348656164 01 02 3801 80bb0000 0000 00"));
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(to_hex(*config), "000201380000bb80000000");
  EXPECT_FALSE(opus_decoder_config(from_hex("4f70757348656164 01 02 3801 80bb0000 0000")));
  EXPECT_FALSE(opus_decoder_config(from_hex("4f70757348656164 01 06 3801 80bb0000 0000 01")));
}

TEST(DecoderConfig, PicksTheLowestVp9LevelThatHoldsTheStream) {
  const auto level = [](uint32_t width, uint32_t height, uint32_t frame_rate) {
    return rfc6381_codec({.codec = Codec::kVp9,
                          .decoder_config = vp9_decoder_config(
                              {.width = width, .height = height, .frame_rate = frame_rate})});
  };
  EXPECT_EQ(level(320, 180, 30), "vp09.00.11.08");
  EXPECT_EQ(level(1280, 720, 30), "vp09.00.31.08");
  EXPECT_EQ(level(1920, 1080, 30), "vp09.00.40.08");
  EXPECT_EQ(level(1920, 1080, 60), "vp09.00.41.08");
  EXPECT_EQ(level(65'535, 65'535, 60), "vp09.00.62.08");
}

}  // namespace
}  // namespace millrace::media::fmp4
