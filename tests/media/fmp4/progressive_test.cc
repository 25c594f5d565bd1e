#include "media/fmp4/progressive.h"

#include <gtest/gtest.h>

#include "media/fmp4/box_reader.h"
#include "media/fmp4/box_writer.h"
#include "tests/media/formats.h"

namespace millrace::media::fmp4 {
namespace {

SampleTable table_of(size_t fragments, uint32_t sample_size) {
  SampleTable table;
  for (size_t i = 0; i < fragments; ++i) {
    const Fragment fragment{.decode_time = i * 1024,
                            .duration = 1024,
                            .samples = {{.duration = 1024, .size = sample_size, .key = true}}};
    EXPECT_TRUE(table.append(fragment, i * uint64_t{sample_size}));
  }
  return table;
}

/// The chunk offsets of the only track, read back.
std::vector<uint64_t> chunk_offsets(std::span<const std::byte> head, std::string_view type) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  const size_t at = text.find(type);
  if (at == std::string_view::npos) return {};
  ByteReader r(head.subspan(at + 8));
  std::vector<uint64_t> offsets(r.u32());
  for (uint64_t& offset : offsets) offset = type == "co64" ? r.u64() : r.u32();
  return offsets;
}

TEST(Progressive, PlacesChunksBehindTheHead) {
  const auto table = table_of(3, 100);
  const auto format = test::aac_stereo();
  const ProgressiveTrack track{format, table};
  const auto file = lay_out_progressive({&track, 1});
  ASSERT_TRUE(file);
  const uint64_t head = file->head.size();
  EXPECT_EQ(file->size, head + 300);
  EXPECT_EQ(chunk_offsets(file->head, "stco"),
            (std::vector<uint64_t>{head, head + 100, head + 200}));
  EXPECT_EQ(file->slices, (std::vector<TrackSlice>{{0, 0, 100}, {0, 100, 100}, {0, 200, 100}}));
}

TEST(Progressive, GrowsItsOffsetsAndSizesPastFourGigabytes) {
  const auto table = table_of(5, 1u << 30);
  const auto format = test::aac_stereo();
  const ProgressiveTrack track{format, table};
  const auto file = lay_out_progressive({&track, 1});
  ASSERT_TRUE(file);
  const uint64_t head = file->head.size();
  EXPECT_EQ(file->size, head + (uint64_t{5} << 30));
  EXPECT_EQ(chunk_offsets(file->head, "co64").back(), head + (uint64_t{4} << 30));
  EXPECT_TRUE(chunk_offsets(file->head, "stco").empty());
  EXPECT_EQ(test::to_hex(std::span(file->head).last(16)), "000000016d6461740000000140000010");
}

TEST(Progressive, RefusesTracksItCannotPlace) {
  EXPECT_EQ(lay_out_progressive({}).error().code, core::ErrorCode::kInvalid);
  const auto format = test::aac_stereo();
  const SampleTable empty;
  const ProgressiveTrack track{format, empty};
  EXPECT_EQ(lay_out_progressive({&track, 1}).error().code, core::ErrorCode::kInvalid);
}

}  // namespace
}  // namespace millrace::media::fmp4
