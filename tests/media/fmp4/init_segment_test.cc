#include "media/fmp4/init_segment.h"

#include <gtest/gtest.h>

#include "tests/media/formats.h"

namespace millrace::media::fmp4 {
namespace {

std::vector<std::byte> init_of(const TrackFormat& format) {
  std::vector<std::byte> bytes;
  append_init_segment(bytes, format);
  return bytes;
}

void expect_round_trip(const TrackFormat& format) {
  const auto parsed = parse_init_segment(init_of(format));
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(*parsed, format);
}

TEST(InitSegment, GivesBackAPictureFormat) {
  expect_round_trip(test::h264_180p());
  auto format = test::h264_180p();
  format.sar_num = 4;
  format.sar_den = 3;
  format.frame_duration = 0;
  format.colour = {.primaries = 9, .transfer = 16, .matrix = 9, .full_range = true};
  format.reorder_delay = 1024;
  expect_round_trip(format);
}

TEST(InitSegment, GivesBackASoundFormatWithItsPriming) {
  expect_round_trip(test::aac_stereo());
  auto format = test::aac_stereo();
  format.priming = 0;
  expect_round_trip(format);
}

TEST(InitSegment, GivesBackASampleRateThatDoesNotFitItsField) {
  auto format = test::aac_stereo();
  format.sample_rate = format.timescale = 96'000;
  expect_round_trip(format);
}

TEST(InitSegment, GivesBackTheOtherCodecs) {
  auto format = test::h264_180p();
  for (const Codec codec : {Codec::kHevc, Codec::kVp9, Codec::kAv1}) {
    format.codec = codec;
    expect_round_trip(format);
  }
  auto sound = test::aac_stereo();
  sound.codec = Codec::kOpus;
  expect_round_trip(sound);
}

TEST(InitSegment, WritesTheBoxesOfACmafHeader) {  // PL-29
  EXPECT_EQ(
      test::to_hex(init_of(test::aac_stereo())),
      "00000018" "66747970" "69736f36" "00000000" "69736f36" "636d6663"  // ftyp iso6, cmfc
      "00000290" "6d6f6f76"  // moov
      "00000078" "6d766864" "01000000" "0000000000000000" "0000000000000000" "0000bb80"
      "0000000000000000" "00010000" "0100" "00000000000000000000" "00010000" "00000000" "00000000"
      "00000000" "00010000" "00000000" "00000000" "00000000" "40000000"
      "000000000000000000000000000000000000000000000000" "00000002"
      "000001e8" "7472616b"  // trak
      "00000068" "746b6864" "01000007" "0000000000000000" "0000000000000000" "00000001" "00000000"
      "0000000000000000" "0000000000000000" "0000" "0001" "0100" "0000" "00010000" "00000000"
      "00000000" "00000000" "00010000" "00000000" "00000000" "00000000" "40000000" "00000000"
      "00000000"
      "0000002c" "65647473"  // edts: 1024 ticks cut
      "00000024" "656c7374" "01000000" "00000001" "0000000000000000" "0000000000000400" "00010000"
      "0000014c" "6d646961"  // mdia
      "0000002c" "6d646864" "01000000" "0000000000000000" "0000000000000000" "0000bb80"
      "0000000000000000" "55c4" "0000"
      "00000026" "68646c72" "00000000" "00000000" "736f756e" "000000000000000000000000"
      "736f756e6400"
      "000000f2" "6d696e66"  // minf
      "00000010" "736d6864" "00000000" "00000000"
      "00000024" "64696e66" "0000001c" "64726566" "00000000" "00000001" "0000000c" "75726c20"
      "00000001"
      "000000b6" "7374626c"  // stbl
      "0000006a" "73747364" "00000000" "00000001"
      "0000005a" "6d703461" "000000000000" "0001" "0000000000000000" "0002" "0010" "00000000"
      "bb800000"
      "00000036" "65736473" "00000000" "0380808025" "0000" "00" "0480808017" "40" "15" "000000"
      "00000000" "00000000" "0580808005" "119056e500" "0680808001" "02"
      "00000010" "73747473" "00000000" "00000000"
      "00000010" "73747363" "00000000" "00000000"
      "00000010" "7374636f" "00000000" "00000000"
      "00000014" "7374737a" "00000000" "00000000" "00000000"
      "00000028" "6d766578"  // mvex
      "00000020" "74726578" "00000000" "00000001" "00000001" "00000000" "00000000" "00000000");
}

TEST(InitSegment, RefusesEveryTruncation) {
  const auto bytes = init_of(test::h264_180p());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_init_segment(std::span(bytes).first(size))) << size;
  }
}

TEST(InitSegment, SurvivesEveryByteSetToItsExtremes) {
  const auto bytes = init_of(test::aac_stereo());
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const std::byte value : {std::byte{0}, std::byte{0x7F}, std::byte{0xFF}}) {
      auto broken = bytes;
      broken[at] = value;
      const auto format = parse_init_segment(broken);
      if (format) EXPECT_TRUE(check_format(*format)) << at;
    }
  }
}

TEST(InitSegment, NamesWhatAFormatLacks) {
  auto format = test::h264_180p();
  format.width = 65'536;
  ASSERT_FALSE(check_format(format));
  EXPECT_EQ(check_format(format).error().code, core::ErrorCode::kInvalid);
  format = test::aac_stereo();
  format.decoder_config.clear();
  EXPECT_FALSE(check_format(format));
}

}  // namespace
}  // namespace millrace::media::fmp4
