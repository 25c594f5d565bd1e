#include "media/fmp4/progressive.h"

#include <algorithm>
#include <array>

#include "core/assert.h"
#include "media/fmp4/box_writer.h"
#include "media/fmp4/init_segment.h"
#include "media/fmp4/movie_boxes.h"
#include "media/fmp4/sample_entry.h"

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

__extension__ using Wide = unsigned __int128;

uint64_t rescale_up(uint64_t ticks, uint32_t from, uint32_t to) {
  return static_cast<uint64_t>((Wide{ticks} * to + from - 1) / from);
}

enum class ChunkOffsets : uint8_t { k32Bit, k64Bit };

/// Writes the movie header with all chunk offsets 0, and remembers where they are.
class MovieHeader {
 public:
  MovieHeader(std::vector<std::byte>& out, std::span<const ProgressiveTrack> tracks,
              ChunkOffsets offsets)
      : w_(out), tracks_(tracks), offsets_(offsets), timescale_(movie_timescale(tracks)) {}

  void append() {
    append_ftyp(w_, four_cc("isom"),
                std::array{four_cc("isom"), four_cc("iso2"), four_cc("avc1"), four_cc("mp41")});
    const auto moov = w_.box(four_cc("moov"));
    uint64_t duration = 0;
    for (const ProgressiveTrack& track : tracks_) duration = std::max(duration, shown(track));
    append_mvhd(w_, {.timescale = timescale_, .duration = duration},
                static_cast<uint32_t>(tracks_.size() + 1));
    for (const ProgressiveTrack& track : tracks_) append_trak(track);
  }

  /// The next chunk of a track begins at `offset` of the file.
  void set_chunk_offset(size_t track, uint64_t offset) {
    size_t& at = next_offset_at_[track];
    if (offsets_ == ChunkOffsets::k64Bit) {
      w_.patch_u32(at, static_cast<uint32_t>(offset >> 32));
      at += 4;
    }
    w_.patch_u32(at, static_cast<uint32_t>(offset));
    at += 4;
  }

 private:
  // Sound's, where there is any: an edit that ends between two samples would cut or repeat one.
  static uint32_t movie_timescale(std::span<const ProgressiveTrack> tracks) {
    const auto sound = std::ranges::find_if(tracks, [](const ProgressiveTrack& track) {
      return track.format.kind() == MediaKind::kAudio;
    });
    return sound == tracks.end() ? tracks[0].format.timescale : sound->format.timescale;
  }

  // What an edit list cuts off the start: priming, or the shift that keeps every composition offset
  // positive, since players from before version 1 of ctts read them as unsigned.
  static uint32_t cut(const ProgressiveTrack& track) {
    if (track.format.kind() == MediaKind::kAudio) return track.format.priming;
    return static_cast<uint32_t>(int64_t{track.format.reorder_delay} -
                                 track.samples.least_composition_offset());
  }

  // How long a track plays, in the movie's timescale.
  uint64_t shown(const ProgressiveTrack& track) const {
    const uint64_t duration = track.samples.duration();
    const bool sound = track.format.kind() == MediaKind::kAudio;
    const uint64_t priming = sound ? std::min<uint64_t>(track.format.priming, duration) : 0;
    return rescale_up(duration - priming, track.format.timescale, timescale_);
  }

  void append_trak(const ProgressiveTrack& track) {
    const auto trak = w_.box(four_cc("trak"));
    append_tkhd(
        w_, track.format,
        {.id = static_cast<uint32_t>(next_offset_at_.size() + 1), .duration = shown(track)});
    if (cut(track) > 0) append_elst(w_, {.duration = shown(track), .media_time = cut(track)});
    const auto mdia = w_.box(four_cc("mdia"));
    append_mdhd(w_, {.timescale = track.format.timescale, .duration = track.samples.duration()});
    append_hdlr(w_, track.format.kind());
    const auto minf = w_.box(four_cc("minf"));
    append_media_header(w_, track.format.kind());
    const auto stbl = w_.box(four_cc("stbl"));
    append_stsd(w_, track.format);
    append_times(track);
    append_sizes(track.samples);
    append_chunks(track.samples);
  }

  // stts: count u32 | { sample_count u32, delta u32 }; ctts alike with offsets; stss: count u32 |
  // { sample number u32 }
  void append_times(const ProgressiveTrack& track) {
    append_runs(four_cc("stts"), track.samples.durations(), 0);
    const auto offsets = track.samples.composition_offsets();
    if (offsets.size() > 1 || offsets[0].value != 0) {
      append_runs(four_cc("ctts"), offsets, -int64_t{track.samples.least_composition_offset()});
    }
    if (track.samples.all_keys()) return;
    const auto stss = w_.full_box(four_cc("stss"), 0, 0);
    w_.u32(static_cast<uint32_t>(track.samples.keys().size()));
    for (const uint32_t number : track.samples.keys()) w_.u32(number);
  }

  void append_runs(uint32_t type, std::span<const SampleRun> runs, int64_t shift) {
    const auto box = w_.full_box(type, 0, 0);
    w_.u32(static_cast<uint32_t>(runs.size()));
    for (const SampleRun& run : runs) {
      w_.u32(run.count);
      w_.u32(static_cast<uint32_t>(run.value + shift));
    }
  }

  // stsz: sample_size u32 = 0 | count u32 | { size u32 }
  void append_sizes(const SampleTable& samples) {
    const auto stsz = w_.full_box(four_cc("stsz"), 0, 0);
    w_.u32(0);
    w_.u32(static_cast<uint32_t>(samples.sizes().size()));
    for (const uint32_t size : samples.sizes()) w_.u32(size);
  }

  // stsc: count u32 | { first_chunk u32, samples_per_chunk u32, description u32 }, one for each
  // change; stco: count u32 | { offset u32 }, co64 with u64
  void append_chunks(const SampleTable& samples) {
    {
      const auto stsc = w_.full_box(four_cc("stsc"), 0, 0);
      const size_t count_at = w_.size();
      w_.u32(0);
      uint32_t count = 0;
      uint32_t previous = 0;
      for (uint32_t i = 0; i < samples.chunks().size(); ++i) {
        const uint32_t samples_each = samples.chunks()[i].sample_count;
        if (samples_each == previous) continue;
        previous = samples_each;
        ++count;
        w_.u32(i + 1);
        w_.u32(samples_each);
        w_.u32(1);
      }
      w_.patch_u32(count_at, count);
    }
    const bool wide = offsets_ == ChunkOffsets::k64Bit;
    const auto stco = w_.full_box(wide ? four_cc("co64") : four_cc("stco"), 0, 0);
    w_.u32(static_cast<uint32_t>(samples.chunks().size()));
    next_offset_at_.push_back(w_.size());
    w_.zeros(samples.chunks().size() * (wide ? 8 : 4));
  }

  BoxWriter w_;
  std::span<const ProgressiveTrack> tracks_;
  ChunkOffsets offsets_;
  uint32_t timescale_;
  std::vector<size_t> next_offset_at_;
};

// The order of playing: each fragment where its decode time falls, the earlier track first in a
// tie.
std::vector<TrackSlice> interleave(std::span<const ProgressiveTrack> tracks) {
  std::vector<size_t> next(tracks.size(), 0);
  std::vector<TrackSlice> slices;
  for (;;) {
    const Chunk* earliest = nullptr;
    size_t chosen = 0;
    for (size_t i = 0; i < tracks.size(); ++i) {
      if (next[i] == tracks[i].samples.chunks().size()) continue;
      const Chunk& chunk = tracks[i].samples.chunks()[next[i]];
      if (earliest != nullptr && Wide{chunk.start} * tracks[chosen].format.timescale >=
                                     Wide{earliest->start} * tracks[i].format.timescale) {
        continue;
      }
      earliest = &chunk;
      chosen = i;
    }
    if (earliest == nullptr) return slices;
    slices.push_back({.track = chosen, .offset = earliest->offset, .size = earliest->size});
    ++next[chosen];
  }
}

// More than any header can take, so that the width of offsets can be chosen before it is written.
uint64_t head_size_bound(const ProgressiveTrack& track) {
  const SampleTable& samples = track.samples;
  return 4096 + track.format.decoder_config.size() + 4 * samples.sizes().size() +
         4 * samples.keys().size() + 20 * samples.chunks().size() +
         8 * (samples.durations().size() + samples.composition_offsets().size());
}

}  // namespace

Result<ProgressiveFile> lay_out_progressive(std::span<const ProgressiveTrack> tracks) {
  if (tracks.empty()) return fail(ErrorCode::kInvalid, "a file without tracks");
  uint64_t media_size = 0;
  uint64_t size_bound = 0;
  for (const ProgressiveTrack& track : tracks) {
    if (track.samples.chunks().empty() || track.samples.start_time() != 0 ||
        !check_format(track.format)) {
      return fail(ErrorCode::kInvalid, "track that does not begin at time 0");
    }
    media_size += track.samples.media_size();
    size_bound += track.samples.media_size() + head_size_bound(track);
  }
  ProgressiveFile file;
  MovieHeader header(file.head, tracks,
                     size_bound > UINT32_MAX ? ChunkOffsets::k64Bit : ChunkOffsets::k32Bit);
  header.append();
  BoxWriter w(file.head);
  const bool large = media_size > UINT32_MAX - 8;
  w.u32(large ? 1 : static_cast<uint32_t>(media_size + 8));
  w.u32(four_cc("mdat"));
  if (large) w.u64(media_size + 16);

  file.slices = interleave(tracks);
  file.size = file.head.size();
  for (const TrackSlice& slice : file.slices) {
    header.set_chunk_offset(slice.track, file.size);
    file.size += slice.size;
  }
  MR_ASSERT(file.size == file.head.size() + media_size);
  return file;
}

}  // namespace millrace::media::fmp4
