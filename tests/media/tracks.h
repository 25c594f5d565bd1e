// Tracks for tests: made up in memory, or encoded by FFmpeg and packed by us.
#pragma once

#include <vector>

#include "media/fmp4/box_reader.h"
#include "media/fmp4/init_segment.h"
#include "media/track/track_builder.h"
#include "tests/media/formats.h"

namespace millrace::media::test {

/// A finished file and its index.
struct TrackFile {
  track::TrackIndex index;
  std::vector<std::byte> bytes;
};

/// Writes a track file in memory, the way the server writes one on disk.
class TrackFileWriter {
 public:
  explicit TrackFileWriter(const fmp4::TrackFormat& format, size_t expected_fragments = 16)
      : builder_(*track::TrackBuilder::create(format, expected_fragments)),
        bytes_(builder_.initial_head().begin(), builder_.initial_head().end()) {}

  /// `fragment` is moof and mdat.
  void append(std::span<const std::byte> fragment) {
    const auto parsed = fmp4::parse_fragment(fragment);
    ASSERT_TRUE(parsed) << parsed.error().what;
    const auto entry = builder_.append(*parsed, static_cast<uint32_t>(fragment.size()));
    ASSERT_TRUE(entry) << entry.error().what;
    ASSERT_EQ(entry->offset, bytes_.size());
    bytes_.insert(bytes_.end(), fragment.begin(), fragment.end());
  }

  /// A fragment of `samples`, filled with bytes that tell the samples apart.
  void append(std::span<const fmp4::Sample> samples) {
    std::vector<std::byte> fragment;
    fmp4::append_fragment_head(fragment,
                               {.sequence = static_cast<uint32_t>(snapshot().size() + 1),
                                .decode_time = snapshot().end_time()},
                               samples);
    for (const fmp4::Sample& sample : samples) {
      fragment.insert(fragment.end(), sample.size, static_cast<std::byte>(++fill_));
    }
    append(fragment);
  }

  track::TrackIndex snapshot() const { return builder_.snapshot(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }

  TrackFile finish() {
    const auto final = builder_.finish();
    EXPECT_TRUE(final);
    EXPECT_EQ(final->tail_offset, bytes_.size());
    bytes_.insert(bytes_.end(), final->tail.begin(), final->tail.end());
    std::ranges::copy(final->head, bytes_.begin());
    return {builder_.snapshot(), bytes_};
  }

 private:
  track::TrackBuilder builder_;
  std::vector<std::byte> bytes_;
  uint8_t fill_ = 0;
};

/// `count` fragments of `samples_each` frames of equal length; sizes vary so that the fragments do.
inline TrackFile made_up_track(const fmp4::TrackFormat& format, size_t count, uint32_t samples_each,
                               uint32_t sample_duration) {
  TrackFileWriter writer(format, count);
  for (size_t i = 0; i < count; ++i) {
    std::vector<fmp4::Sample> samples;
    for (uint32_t j = 0; j < samples_each; ++j) {
      const bool key = j == 0 || format.kind() == fmp4::MediaKind::kAudio;
      samples.push_back({.duration = sample_duration,
                         .size = static_cast<uint32_t>(10 + (i * 7 + j) % 50),
                         .key = key});
    }
    writer.append(samples);
  }
  return writer.finish();
}

/// The fragments of a file that FFmpeg wrote, behind its init segment.
inline std::vector<std::span<const std::byte>> fragments_of(std::span<const std::byte> file,
                                                            size_t init_size) {
  std::vector<std::span<const std::byte>> fragments;
  fmp4::ByteReader r(file.subspan(init_size));
  while (!r.empty()) {
    const auto rest = r.rest();
    fragments.push_back(rest.first(fmp4::take_box(r)->size() + fmp4::take_box(r)->size()));
  }
  return fragments;
}

/// Encodes with `ffmpeg ARGUMENTS` (which must ask for fragments) and packs the samples anew, as
/// the worker does: composition offsets count from the first picture shown. For sound, `priming` is
/// what the encoder put in front.
inline TrackFile encoded_track(const std::string& arguments, uint32_t priming = 0) {
  const TemporaryFolder folder;
  const std::string path = folder.file("encoded.mp4");
  output_of("ffmpeg -v error " + arguments + " -f mp4 " + path);
  const auto bytes = read_file(path);
  fmp4::ByteReader r(bytes);
  const size_t init_size = fmp4::take_box(r)->size() + fmp4::take_box(r)->size();
  auto format = *fmp4::parse_init_segment(std::span(bytes).first(init_size));
  format.priming = priming;
  const auto fragments = fragments_of(bytes, init_size);
  int32_t least_offset = 0;
  for (const auto& fragment : fragments) {
    for (const fmp4::Sample& sample : fmp4::parse_fragment(fragment)->samples) {
      least_offset = std::min(least_offset, sample.composition_offset);
    }
  }
  format.reorder_delay = static_cast<uint32_t>(-least_offset);
  TrackFileWriter writer(format);
  for (const auto& theirs : fragments) {
    auto fragment = *fmp4::parse_fragment(theirs);
    for (fmp4::Sample& sample : fragment.samples) sample.composition_offset -= least_offset;
    std::vector<std::byte> ours;
    fmp4::append_fragment_head(ours,
                               {.sequence = fragment.sequence, .decode_time = fragment.decode_time},
                               fragment.samples);
    const auto payload = theirs.subspan(fragment.head_size);
    ours.insert(ours.end(), payload.begin(), payload.end());
    writer.append(ours);
  }
  return writer.finish();
}

}  // namespace millrace::media::test
