#include "media/fmp4/sidx.h"

#include <gtest/gtest.h>

#include "tests/media/real_tools.h"

namespace millrace::media::fmp4 {
namespace {

const Sidx kSidx{.timescale = 15'360,
                 .earliest_time = 30'720,
                 .first_offset = 66,
                 .references = {{.size = 1000, .duration = 30'720, .key = true},
                                {.size = 2000, .duration = 15'360, .key = false}}};

std::vector<std::byte> payload_of(const Sidx& sidx) {
  std::vector<std::byte> bytes;
  append_sidx(bytes, sidx);
  return {bytes.begin() + 8, bytes.end()};
}

TEST(Sidx, IsWrittenAsTheStandardSays) {
  std::vector<std::byte> bytes;
  append_sidx(bytes, kSidx);
  EXPECT_EQ(bytes.size(), sidx_size(2));
  EXPECT_EQ(test::to_hex(bytes),
            "00000040" "73696478" "01000000" "00000001" "00003c00" "0000000000007800"
            "0000000000000042" "0000" "0002"
            "000003e8" "00007800" "90000000"
            "000007d0" "00003c00" "00000000");
}

TEST(Sidx, GivesBackWhatWasWritten) {
  const auto sidx = parse_sidx(payload_of(kSidx));
  ASSERT_TRUE(sidx) << sidx.error().what;
  EXPECT_EQ(*sidx, kSidx);
}

TEST(Sidx, RefusesTruncationsAndIndexesOfIndexes) {
  auto payload = payload_of(kSidx);
  for (size_t size = 0; size < payload.size(); ++size) {
    EXPECT_FALSE(parse_sidx(std::span(payload).first(size))) << size;
  }
  payload[32] = std::byte{0x80};
  EXPECT_EQ(parse_sidx(payload).error().code, core::ErrorCode::kUnsupported);
}

TEST(MergeReferences, KeepsTheTotalsAndTheFirstKey) {
  const std::vector<SidxReference> five{
      {1, 10, true}, {2, 20, true}, {3, 30, false}, {4, 40, true}, {5, 50, true}};
  EXPECT_EQ(merge_references(five, 5), five);
  EXPECT_EQ(merge_references(five, 3),
            (std::vector<SidxReference>{{3, 30, true}, {7, 70, false}, {5, 50, true}}));
  EXPECT_EQ(merge_references(five, 1), (std::vector<SidxReference>{{15, 150, true}}));
}

TEST(MergeReferences, GivesUpWhereASizeWouldNotFit) {
  const std::vector<SidxReference> large(2, {.size = 1u << 30, .duration = 1, .key = true});
  EXPECT_TRUE(merge_references(large, 1).empty());
  EXPECT_TRUE(merge_references(large, 0).empty());
  EXPECT_EQ(merge_references(large, 2), large);
}

}  // namespace
}  // namespace millrace::media::fmp4
