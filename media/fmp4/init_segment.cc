#include "media/fmp4/init_segment.h"

#include <array>
#include <initializer_list>
#include <optional>

#include "core/assert.h"
#include "media/fmp4/box_reader.h"
#include "media/fmp4/movie_boxes.h"
#include "media/fmp4/sample_entry.h"

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

// A decoder configuration is tens of bytes; parameter sets of hundreds exist. 64 KiB is far past
// any and keeps a hostile one from growing every init segment.
constexpr size_t kDecoderConfigSizeMax = 64 * 1024;

void append_empty_sample_table(BoxWriter& w, const TrackFormat& format) {
  const auto stbl = w.box(four_cc("stbl"));
  append_stsd(w, format);
  for (const uint32_t type : {four_cc("stts"), four_cc("stsc"), four_cc("stco")}) {
    const auto table = w.full_box(type, 0, 0);
    w.u32(0);
  }
  const auto stsz = w.full_box(four_cc("stsz"), 0, 0);
  w.u32(0);
  w.u32(0);
}

// mvex: trex { version+flags | track_ID | default_sample_description_index | duration | size |
// flags }
void append_mvex(BoxWriter& w, const TrackFormat& format) {
  const auto mvex = w.box(four_cc("mvex"));
  const auto trex = w.full_box(four_cc("trex"), 0, 0);
  w.u32(kTrackId);
  w.u32(1);
  w.u32(format.frame_duration);
  w.u32(0);
  w.u32(0);
}

struct TrackBoxes {
  std::optional<BoxView> mdia, edts, trex;
};

Result<TrackBoxes> find_track_boxes(ByteReader moov) {
  TrackBoxes found;
  while (!moov.empty()) {
    const auto box = take_box(moov);
    if (!box) return std::unexpected(box.error());
    if (box->type != four_cc("trak") && box->type != four_cc("mvex")) continue;
    if (box->type == four_cc("trak") && found.mdia) {
      return fail(ErrorCode::kUnsupported, "more than one track");
    }
    ByteReader inside(box->payload);
    while (!inside.empty()) {
      const auto child = take_box(inside);
      if (!child) return std::unexpected(child.error());
      if (child->type == four_cc("mdia")) found.mdia = *child;
      if (child->type == four_cc("edts")) found.edts = *child;
      if (child->type == four_cc("trex")) found.trex = *child;
    }
  }
  if (!found.mdia || !found.trex) return fail(ErrorCode::kMalformed, "moov lacks mdia or mvex");
  return found;
}

// The box that `path` leads to, taking the first of each type; an error where one is missing.
Result<BoxView> descend(BoxView box, std::initializer_list<uint32_t> path) {
  for (const uint32_t type : path) {
    ByteReader r(box.payload);
    do {
      if (r.empty()) return fail(ErrorCode::kMalformed, "a required box is missing");
      const auto child = take_box(r);
      if (!child) return child;
      box = *child;
    } while (box.type != type);
  }
  return box;
}

Result<uint32_t> parse_mdhd_timescale(const BoxView& mdia) {
  const auto mdhd = descend(mdia, {four_cc("mdhd")});
  if (!mdhd) return std::unexpected(mdhd.error());
  ByteReader r(mdhd->payload);
  const auto [version, flags] = read_full_box_header(r);
  r.skip(version == 1 ? 16 : 8);
  const uint32_t timescale = r.u32();
  if (!r.ok()) return fail(ErrorCode::kMalformed, "mdhd is cut off");
  return timescale;
}

// elst: version+flags | entry_count u32 | { segment_duration, media_time, rate u32 }
Result<uint32_t> parse_cut(const BoxView& edts) {
  const auto elst = descend(edts, {four_cc("elst")});
  if (!elst) return std::unexpected(elst.error());
  ByteReader r(elst->payload);
  const auto [version, flags] = read_full_box_header(r);
  if (r.u32() != 1) return fail(ErrorCode::kUnsupported, "edit list of more than one edit");
  r.skip(version == 1 ? 8 : 4);
  const uint64_t media_time = version == 1 ? r.u64() : r.u32();
  if (!r.ok()) return fail(ErrorCode::kMalformed, "elst is cut off");
  if (media_time > INT32_MAX) return fail(ErrorCode::kUnsupported, "edit list with an empty edit");
  return static_cast<uint32_t>(media_time);
}

Result<TrackFormat> parse_moov(ByteReader moov) {
  const auto boxes = find_track_boxes(moov);
  if (!boxes) return std::unexpected(boxes.error());
  TrackFormat format;
  const auto timescale = parse_mdhd_timescale(*boxes->mdia);
  if (!timescale) return std::unexpected(timescale.error());
  format.timescale = *timescale;

  const auto stsd = descend(*boxes->mdia, {four_cc("minf"), four_cc("stbl"), four_cc("stsd")});
  if (!stsd) return std::unexpected(stsd.error());
  if (const auto parsed = parse_stsd(ByteReader(stsd->payload), format); !parsed) {
    return std::unexpected(parsed.error());
  }
  ByteReader trex(boxes->trex->payload);
  trex.skip(12);
  const uint32_t default_duration = trex.u32();
  if (!trex.ok()) return fail(ErrorCode::kMalformed, "trex is cut off");
  if (format.kind() == MediaKind::kVideo) format.frame_duration = default_duration;
  if (boxes->edts) {
    const auto cut = parse_cut(*boxes->edts);
    if (!cut) return std::unexpected(cut.error());
    (format.kind() == MediaKind::kAudio ? format.priming : format.reorder_delay) = *cut;
  }
  // Rates over 65,535 Hz do not fit the entry; the timescale of a sound track is its rate.
  if (format.kind() == MediaKind::kAudio && format.sample_rate == 0) {
    format.sample_rate = format.timescale;
  }
  return format;
}

}  // namespace

void append_init_segment(std::vector<std::byte>& out, const TrackFormat& format) {
  MR_ASSERT(check_format(format));
  BoxWriter w(out);
  append_ftyp(w, four_cc("iso6"), std::array{four_cc("iso6"), four_cc("cmfc")});
  const auto moov = w.box(four_cc("moov"));
  append_mvhd(w, {.timescale = format.timescale, .duration = 0}, kTrackId + 1);
  {
    const auto trak = w.box(four_cc("trak"));
    append_tkhd(w, format, {.id = kTrackId, .duration = 0});
    // Duration 0: the edit lasts as long as the fragments do (ISO/IEC 14496-12, 8.6.6.1).
    const uint32_t cut = format.priming + format.reorder_delay;
    if (cut > 0) append_elst(w, {.duration = 0, .media_time = cut});
    const auto mdia = w.box(four_cc("mdia"));
    append_mdhd(w, {.timescale = format.timescale, .duration = 0});
    append_hdlr(w, format.kind());
    const auto minf = w.box(four_cc("minf"));
    append_media_header(w, format.kind());
    append_empty_sample_table(w, format);
  }
  append_mvex(w, format);
}

Result<> check_format(const TrackFormat& format) {
  const auto in_16_bits = [](uint32_t value) { return value >= 1 && value <= UINT16_MAX; };
  if (format.timescale == 0) return fail(ErrorCode::kInvalid, "timescale is 0");
  if (format.decoder_config.empty() || format.decoder_config.size() > kDecoderConfigSizeMax) {
    return fail(ErrorCode::kInvalid, "decoder configuration is empty or over 64 KiB");
  }
  if (format.kind() == MediaKind::kVideo) {
    if (!in_16_bits(format.width) || !in_16_bits(format.height) || !in_16_bits(format.sar_num) ||
        !in_16_bits(format.sar_den)) {
      return fail(ErrorCode::kInvalid, "picture size or sample aspect is not 1..65535");
    }
    if (format.priming != 0) return fail(ErrorCode::kInvalid, "a picture track has no priming");
    if (format.reorder_delay > INT32_MAX) {
      return fail(ErrorCode::kInvalid, "reorder delay is out of range");
    }
    return {};
  }
  if (!in_16_bits(format.channels) || format.sample_rate == 0) {
    return fail(ErrorCode::kInvalid, "sound without channels or sample rate");
  }
  if (format.reorder_delay != 0) {
    return fail(ErrorCode::kInvalid, "a sound track has no reordered frames");
  }
  if (format.priming > INT32_MAX) return fail(ErrorCode::kInvalid, "priming is out of range");
  return {};
}

Result<TrackFormat> parse_init_segment(std::span<const std::byte> bytes) {
  ByteReader r(bytes);
  const auto ftyp = take_box(r);
  if (!ftyp) return std::unexpected(ftyp.error());
  const auto moov = take_box(r);
  if (!moov) return std::unexpected(moov.error());
  if (ftyp->type != four_cc("ftyp") || moov->type != four_cc("moov") || !r.empty()) {
    return fail(ErrorCode::kMalformed, "init segment must be exactly ftyp and moov");
  }
  auto format = parse_moov(ByteReader(moov->payload));
  if (!format) return format;
  if (!check_format(*format)) return fail(ErrorCode::kMalformed, "track format is out of range");
  return format;
}

}  // namespace millrace::media::fmp4
