#include "media/fmp4/fragment.h"

#include <gtest/gtest.h>

#include "tests/media/real_tools.h"

namespace millrace::media::fmp4 {
namespace {

using test::to_hex;

const std::vector<Sample> kPictures{
    {.duration = 512, .size = 5, .composition_offset = 0, .key = true},
    {.duration = 512, .size = 3, .composition_offset = 1024},
    {.duration = 512, .size = 2, .composition_offset = -512},
};

std::vector<std::byte> fragment_of(std::span<const Sample> samples, FragmentTiming timing = {}) {
  std::vector<std::byte> bytes;
  append_fragment_head(bytes, timing, samples);
  size_t size = 0;
  for (const Sample& sample : samples) size += sample.size;
  bytes.insert(bytes.end(), size, std::byte{0xAA});
  return bytes;
}

/// The fragment of kPictures with the four bytes at `offset` replaced.
std::vector<std::byte> altered(size_t offset, std::string_view hex) {
  auto bytes = fragment_of(kPictures);
  const auto with = test::from_hex(hex);
  std::ranges::copy(with, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
  return bytes;
}

TEST(Fragment, KeepsWhatAllSamplesShareInTheHeader) {
  std::vector<std::byte> head;
  append_fragment_head(head, {.sequence = 7, .decode_time = 30'720}, kPictures);
  EXPECT_EQ(to_hex(head),
            "0000007c" "6d6f6f66"  // moof
            "00000010" "6d666864" "00000000" "00000007"  // mfhd
            "00000064" "74726166"  // traf
            "00000018" "74666864" "00020028" "00000001" "00000200" "01010000"  // tfhd
            "00000014" "74666474" "01000000" "0000000000007800"  // tfdt
            "00000030" "7472756e" "01000a05" "00000003" "00000084" "02000000"  // trun
            "00000005" "00000000" "00000003" "00000400" "00000002" "fffffe00"
            "00000012" "6d646174");  // mdat
}

TEST(Fragment, GivesBackWhatWasWritten) {
  const auto bytes = fragment_of(kPictures, {.sequence = 7, .decode_time = 1ull << 40});
  const auto fragment = parse_fragment(bytes);
  ASSERT_TRUE(fragment) << fragment.error().what;
  EXPECT_EQ(fragment->sequence, 7u);
  EXPECT_EQ(fragment->decode_time, 1ull << 40);
  EXPECT_EQ(fragment->duration, 1536u);
  EXPECT_EQ(fragment->head_size, bytes.size() - 10);
  EXPECT_TRUE(fragment->key);
  EXPECT_EQ(fragment->samples, kPictures);
}

TEST(Fragment, GivesBackEveryMixOfWhatVaries) {
  for (unsigned mask = 0; mask < 16; ++mask) {
    std::vector<Sample> samples;
    for (uint32_t i = 0; i < 4; ++i) {
      samples.push_back({.duration = mask & 1 ? 100 + i : 100,
                         .size = mask & 2 ? 1 + i : 1,
                         .composition_offset = mask & 4 ? static_cast<int32_t>(i) - 2 : 0,
                         .key = mask & 8 ? i % 2 == 0 : true});
    }
    const auto fragment = parse_fragment(fragment_of(samples));
    ASSERT_TRUE(fragment) << mask << ": " << fragment.error().what;
    EXPECT_EQ(fragment->samples, samples) << mask;
  }
}

TEST(Fragment, KnowsAFragmentThatDoesNotBeginAtAKeyFrame) {
  const std::vector<Sample> samples{{.duration = 1, .size = 1},
                                    {.duration = 1, .size = 1, .key = true}};
  const auto fragment = parse_fragment(fragment_of(samples));
  ASSERT_TRUE(fragment);
  EXPECT_FALSE(fragment->key);
  EXPECT_EQ(fragment->samples, samples);
}

TEST(Fragment, IsReadFromItsHeadAloneWhereTheSizeIsKnown) {
  const auto bytes = fragment_of(kPictures);
  const auto head = std::span(bytes).first(bytes.size() - 10);
  EXPECT_TRUE(parse_fragment_head(head, bytes.size()));
  EXPECT_FALSE(parse_fragment_head(head, bytes.size() + 1));
  EXPECT_FALSE(parse_fragment_head(head, bytes.size() - 1));
}

TEST(Fragment, RefusesEveryTruncation) {
  const auto bytes = fragment_of(kPictures);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_fragment(std::span(bytes).first(size))) << size;
  }
}

TEST(Fragment, RefusesBytesBehindIt) {
  auto bytes = fragment_of(kPictures);
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(parse_fragment(bytes));
}

TEST(Fragment, RefusesWhatAPlayerWouldReadElsewhere) {
  constexpr size_t kTfhdFlags = 40, kTrackIdAt = 44;
  constexpr size_t kTrunFlags = 84, kTrunCount = 88, kDataOffset = 92;
  EXPECT_TRUE(parse_fragment(altered(kTfhdFlags, "00020028")));
  EXPECT_FALSE(parse_fragment(altered(kTfhdFlags, "00000028"))) << "no default-base-is-moof";
  EXPECT_FALSE(parse_fragment(altered(kTfhdFlags, "00020029"))) << "base data offset";
  EXPECT_FALSE(parse_fragment(altered(kTfhdFlags, "00030028"))) << "says that it has no samples";
  EXPECT_FALSE(parse_fragment(altered(kTrunFlags, "01001a05"))) << "a field nobody knows";
  EXPECT_FALSE(parse_fragment(altered(kTrackIdAt, "00000002"))) << "another track";
  EXPECT_FALSE(parse_fragment(altered(kDataOffset, "00000085")));
  EXPECT_FALSE(parse_fragment(altered(kDataOffset, "ffffff84")));
  EXPECT_FALSE(parse_fragment(altered(kTrunCount, "00000002")));
  EXPECT_FALSE(parse_fragment(altered(kTrunCount, "ffffffff"))) << "would ask for 48 GB";
}

TEST(Fragment, RefusesSizesThatDoNotSumToTheData) {
  constexpr size_t kFirstSize = 100;
  EXPECT_FALSE(parse_fragment(altered(kFirstSize, "00000006")));
  EXPECT_FALSE(parse_fragment(altered(kFirstSize, "00000000"))) << "an empty sample";
  EXPECT_FALSE(parse_fragment(altered(kFirstSize, "ffffffff")));
}

TEST(Fragment, RefusesTimesThatOverflow) {
  constexpr size_t kDecodeTime = 68, kDefaultDuration = 48;
  EXPECT_TRUE(parse_fragment(altered(kDecodeTime, "7fffffff 00000000")));
  EXPECT_FALSE(parse_fragment(altered(kDecodeTime, "7fffffff ffffffff")));
  EXPECT_FALSE(parse_fragment(altered(kDecodeTime, "ffffffff fffffc00"))) << "SG-04 (3)";
  EXPECT_FALSE(parse_fragment(altered(kDefaultDuration, "ffffffff")));
  EXPECT_FALSE(parse_fragment(altered(kDefaultDuration, "00000000")));
}

}  // namespace
}  // namespace millrace::media::fmp4
