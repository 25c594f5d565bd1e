#include "media/live/channel/rejoin.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "media/flv/flv_reader.h"
#include "media/flv/flv_writer.h"

namespace millrace::media::live {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string box(std::string_view type, std::string_view payload) {
  const auto size = static_cast<uint32_t>(8 + payload.size());
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text.push_back(static_cast<char>(size >> shift));
  return text.append(type).append(payload);
}

/// What a worker that is started before `bytes[at]` gets to see, when they come in portions.
std::string rejoined(IngestContainer container, const Bytes& bytes, size_t at, size_t portion) {
  const auto rejoin = Rejoin::create(container);
  std::string seen;
  bool joined = false;
  for (size_t from = 0; from < bytes.size(); from += portion) {
    const auto part = std::span(bytes).subspan(from, std::min(portion, bytes.size() - from));
    const auto place = rejoin->follow(part);
    EXPECT_TRUE(place) << place.error().what;
    if (joined) {
      seen += text_of(part);
    } else if (from >= at && place && *place) {
      joined = true;
      seen = text_of(rejoin->head()) + text_of(part.subspan(**place));
    }
  }
  return seen;
}

TEST(Rejoin, TakesUpFragmentedMp4AtAFragment) {
  const std::string init = box("ftyp", "iso6") + box("moov", "tracks");
  std::string media;
  for (int i = 0; i < 20; ++i) {
    media += box("moof", "head " + std::to_string(i)) + box("mdat", std::string(300, 'x'));
  }
  const Bytes bytes = bytes_of(init + media);
  for (const size_t portion : {1000u, 170u, 64u}) {
    const std::string seen = rejoined(IngestContainer::kFmp4, bytes, 1500, portion);
    ASSERT_TRUE(seen.starts_with(init)) << portion;
    EXPECT_EQ(seen.substr(init.size() + 4, 4), "moof") << portion;
    EXPECT_TRUE((init + media).ends_with(seen.substr(init.size()))) << portion;
  }
}

TEST(Rejoin, KeepsTheInitSegmentOfAnEncoderThatBeganAnew) {
  const std::string again = box("ftyp", "iso6") + box("moov", "others");
  const Bytes bytes = bytes_of(box("ftyp", "iso6") + box("moov", "tracks") + box("moof", "1") +
                               box("mdat", "1") + again + box("moof", "2"));
  const auto rejoin = Rejoin::create(IngestContainer::kFmp4);
  EXPECT_TRUE(rejoin->follow(bytes));
  EXPECT_EQ(text_of(rejoin->head()), again);
}

TEST(Rejoin, RefusesWhatIsNoFragmentedMp4) {
  const auto rejoin = Rejoin::create(IngestContainer::kFmp4);
  EXPECT_FALSE(rejoin->follow(bytes_of(std::string("\0\0\0\4moof", 8))));
  const auto endless = Rejoin::create(IngestContainer::kFmp4);
  EXPECT_TRUE(
      endless->follow(bytes_of(std::string("\0\x7f\xff\xff"
                                           "moov",
                                           8))));
  const Bytes more(size_t{2} << 20);
  EXPECT_FALSE(endless->follow(more));
}

TEST(Rejoin, TakesUpFlvWithItsConfigurations) {
  Bytes bytes;
  flv::append_header(bytes);
  const Bytes metadata = bytes_of("\x02script");
  const Bytes video_config = bytes_of(std::string("\x17\0\0\0\0avcc", 9));
  const Bytes audio_config = bytes_of(std::string("\xaf\0asc", 5));
  const Bytes picture = bytes_of(std::string("\x27\1\0\0\0picture", 12));
  flv::append_tag(bytes, {.type = flv::TagType::kScript, .timestamp_ms = 0, .body = metadata});
  flv::append_tag(bytes, {.type = flv::TagType::kVideo, .timestamp_ms = 0, .body = video_config});
  flv::append_tag(bytes, {.type = flv::TagType::kAudio, .timestamp_ms = 0, .body = audio_config});
  for (int i = 0; i < 50; ++i) {
    flv::append_tag(bytes, {.type = flv::TagType::kVideo, .timestamp_ms = i * 40, .body = picture});
  }
  for (const size_t portion : {1000u, 100u, 7u}) {
    const std::string seen = rejoined(IngestContainer::kFlv, bytes, 700, portion);
    flv::FlvReader reader;
    const Bytes again = bytes_of(seen);
    std::vector<std::string> bodies;
    std::vector<int64_t> times;
    for (std::span<const std::byte> rest = again;;) {
      const auto tag = reader.next(rest);
      ASSERT_TRUE(tag) << tag.error().what;
      if (!*tag) break;
      bodies.push_back(text_of((*tag)->body));
      times.push_back((*tag)->timestamp_ms);
    }
    EXPECT_TRUE(reader.at_boundary());
    ASSERT_GT(bodies.size(), 10U);
    EXPECT_EQ(bodies[0], text_of(metadata));
    EXPECT_EQ(bodies[1], text_of(video_config));
    EXPECT_EQ(bodies[2], text_of(audio_config));
    EXPECT_EQ(bodies[3], text_of(picture));
    EXPECT_EQ(times.back(), 49 * 40);
  }
}

TEST(Rejoin, TakesUpMpegTsAnywhere) {
  const auto rejoin = Rejoin::create(IngestContainer::kMpegTs);
  EXPECT_EQ(*rejoin->follow(bytes_of("anything")), 0U);
  EXPECT_TRUE(rejoin->head().empty());
}

}  // namespace
}  // namespace millrace::media::live
