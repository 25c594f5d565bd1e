#include "media/fmp4/movie_boxes.h"

#include <algorithm>
#include <array>

namespace millrace::media::fmp4 {
namespace {

void append_unity_matrix(BoxWriter& w) {
  for (const uint32_t value : {0x1'0000u, 0u, 0u, 0u, 0x1'0000u, 0u, 0u, 0u, 0x4000'0000u}) {
    w.u32(value);
  }
}

}  // namespace

void append_ftyp(BoxWriter& w, uint32_t major_brand, std::span<const uint32_t> compatible) {
  const auto ftyp = w.box(four_cc("ftyp"));
  w.u32(major_brand);
  w.u32(0);
  for (const uint32_t brand : compatible) w.u32(brand);
}

// mvhd v1: creation u64 | modification u64 | timescale u32 | duration u64 | rate 16.16 |
//          volume 8.8 | reserved 10 | matrix 36 | pre_defined 24 | next_track_ID u32
void append_mvhd(BoxWriter& w, const BoxDuration& movie, uint32_t next_track_id) {
  const auto mvhd = w.full_box(four_cc("mvhd"), /*version=*/1, 0);
  w.zeros(16);
  w.u32(movie.timescale);
  w.u64(movie.duration);
  w.u32(0x1'0000);
  w.u16(0x0100);
  w.zeros(10);
  append_unity_matrix(w);
  w.zeros(24);
  w.u32(next_track_id);
}

// tkhd v1: creation u64 | modification u64 | track_ID u32 | u32 0 | duration u64 | reserved 8 |
//          layer i16 | group i16 | volume 8.8 | u16 0 | matrix 36 | width 16.16 | height 16.16
void append_tkhd(BoxWriter& w, const TrackFormat& format, const TrackHeader& header) {
  constexpr uint32_t kEnabledInMovieAndPreview = 7;
  const bool video = format.kind() == MediaKind::kVideo;
  const auto tkhd = w.full_box(four_cc("tkhd"), /*version=*/1, kEnabledInMovieAndPreview);
  w.zeros(16);
  w.u32(header.id);
  w.u32(0);
  w.u64(header.duration);
  w.zeros(8);
  w.u16(0);
  w.u16(video ? 0 : 1);  // Tracks of one alternate group replace each other: sound, not pictures.
  w.u16(video ? 0 : 0x0100);
  w.u16(0);
  append_unity_matrix(w);
  // The width shown, so with the sample aspect applied.
  const uint64_t shown_width = (uint64_t{format.width} << 16) * format.sar_num / format.sar_den;
  w.u32(video ? static_cast<uint32_t>(std::min<uint64_t>(shown_width, UINT32_MAX)) : 0);
  w.u32(video ? format.height << 16 : 0);
}

// elst v1: entry_count u32 | segment_duration u64 | media_time i64 | rate 16.16
void append_elst(BoxWriter& w, const Edit& edit) {
  const auto edts = w.box(four_cc("edts"));
  const auto elst = w.full_box(four_cc("elst"), /*version=*/1, 0);
  w.u32(1);
  w.u64(edit.duration);
  w.u64(edit.media_time);
  w.u32(0x1'0000);
}

// mdhd v1: creation u64 | modification u64 | timescale u32 | duration u64 | language | u16 0
void append_mdhd(BoxWriter& w, const BoxDuration& media) {
  constexpr uint16_t kUndetermined = 0x55C4;  // "und", five bits a letter
  const auto mdhd = w.full_box(four_cc("mdhd"), /*version=*/1, 0);
  w.zeros(16);
  w.u32(media.timescale);
  w.u64(media.duration);
  w.u16(kUndetermined);
  w.u16(0);
}

void append_hdlr(BoxWriter& w, MediaKind kind) {
  const bool video = kind == MediaKind::kVideo;
  const auto hdlr = w.full_box(four_cc("hdlr"), 0, 0);
  w.u32(0);
  w.u32(video ? four_cc("vide") : four_cc("soun"));
  w.zeros(12);
  w.text(video ? "video" : "sound");
  w.u8(0);
}

void append_media_header(BoxWriter& w, MediaKind kind) {
  if (kind == MediaKind::kVideo) {
    const auto vmhd = w.full_box(four_cc("vmhd"), 0, /*flags=*/1);
    w.zeros(8);
  } else {
    const auto smhd = w.full_box(four_cc("smhd"), 0, 0);
    w.zeros(4);
  }
  const auto dinf = w.box(four_cc("dinf"));
  const auto dref = w.full_box(four_cc("dref"), 0, 0);
  w.u32(1);
  const auto url = w.full_box(four_cc("url "), 0, /*flags=*/1);  // The media is in this file.
}

}  // namespace millrace::media::fmp4
