#include "media/fmp4/fragment.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "core/assert.h"
#include "media/fmp4/box_reader.h"
#include "media/fmp4/box_writer.h"
#include "media/fmp4/init_segment.h"

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

// ISO/IEC 14496-12, 8.8.7 (tfhd) and 8.8.8 (trun).
constexpr uint32_t kTfhdSampleDescription = 0x000002;
constexpr uint32_t kTfhdDuration = 0x000008;
constexpr uint32_t kTfhdSize = 0x000010;
constexpr uint32_t kTfhdFlags = 0x000020;
constexpr uint32_t kTfhdBaseIsMoof = 0x020000;
constexpr uint32_t kTrunDataOffset = 0x000001;
constexpr uint32_t kTrunFirstFlags = 0x000004;
constexpr uint32_t kTrunDuration = 0x000100;
constexpr uint32_t kTrunSize = 0x000200;
constexpr uint32_t kTrunFlags = 0x000400;
constexpr uint32_t kTrunCompositionOffset = 0x000800;
constexpr uint32_t kTfhdKnown =
    kTfhdSampleDescription | kTfhdDuration | kTfhdSize | kTfhdFlags | kTfhdBaseIsMoof;
constexpr uint32_t kTrunPerSample = kTrunDuration | kTrunSize | kTrunFlags | kTrunCompositionOffset;
constexpr uint32_t kTrunKnown = kTrunDataOffset | kTrunFirstFlags | kTrunPerSample;

// Sample flags, 8.8.3.1: sample_depends_on in bits 25-24, sample_is_non_sync_sample in bit 16.
constexpr uint32_t kKeyFlags = 0x0200'0000;
constexpr uint32_t kDeltaFlags = 0x0101'0000;
constexpr uint32_t kNonSync = 0x0001'0000;

constexpr uint32_t flags_of(const Sample& sample) { return sample.key ? kKeyFlags : kDeltaFlags; }

/// What all samples share goes to the tfhd once; only what differs costs bytes per sample.
struct Shared {
  bool duration, size, flags, flags_after_first, no_offsets;

  explicit Shared(std::span<const Sample> samples) {
    const Sample& first = samples.front();
    const Sample& last = samples.back();
    const auto all = [](std::span<const Sample> of, auto same) {
      return std::ranges::all_of(of, same);
    };
    duration = all(samples, [&](const Sample& s) { return s.duration == first.duration; });
    size = all(samples, [&](const Sample& s) { return s.size == first.size; });
    flags_after_first = all(samples.subspan(1), [&](const Sample& s) { return s.key == last.key; });
    flags = flags_after_first && first.key == last.key;
    no_offsets = all(samples, [](const Sample& s) { return s.composition_offset == 0; });
  }
};

// tfhd: version+flags | track_ID u32 | default_sample_duration u32 | default_sample_size u32 |
//       default_sample_flags u32, the last three where the flags say so
void append_tfhd(BoxWriter& w, const Sample& first, const Sample& last, const Shared& shared) {
  const uint32_t flags = kTfhdBaseIsMoof | (shared.duration ? kTfhdDuration : 0) |
                         (shared.size ? kTfhdSize : 0) |
                         (shared.flags_after_first ? kTfhdFlags : 0);
  const auto tfhd = w.full_box(four_cc("tfhd"), 0, flags);
  w.u32(kTrackId);
  if (shared.duration) w.u32(first.duration);
  if (shared.size) w.u32(first.size);
  if (shared.flags_after_first) w.u32(flags_of(last));
}

// trun: version+flags | sample_count u32 | data_offset i32 | [first_sample_flags u32] |
//       { [duration u32] [size u32] [flags u32] [composition_offset i32] } per sample
// Returns where data_offset was written.
size_t append_trun(BoxWriter& w, std::span<const Sample> samples, const Shared& shared) {
  uint32_t flags = kTrunDataOffset;
  if (!shared.duration) flags |= kTrunDuration;
  if (!shared.size) flags |= kTrunSize;
  if (!shared.flags_after_first) flags |= kTrunFlags;
  if (shared.flags_after_first && !shared.flags) flags |= kTrunFirstFlags;
  if (!shared.no_offsets) flags |= kTrunCompositionOffset;

  const auto trun = w.full_box(four_cc("trun"), /*version=*/1, flags);
  w.u32(static_cast<uint32_t>(samples.size()));
  const size_t data_offset_at = w.size();
  w.u32(0);
  if (flags & kTrunFirstFlags) w.u32(flags_of(samples.front()));
  for (const Sample& sample : samples) {
    if (flags & kTrunDuration) w.u32(sample.duration);
    if (flags & kTrunSize) w.u32(sample.size);
    if (flags & kTrunFlags) w.u32(flags_of(sample));
    if (flags & kTrunCompositionOffset) w.i32(sample.composition_offset);
  }
  return data_offset_at;
}

struct Defaults {
  std::optional<uint32_t> duration, size, flags;
};

Result<Defaults> parse_tfhd(ByteReader r) {
  const auto [version, flags] = read_full_box_header(r);
  if (version != 0 || !(flags & kTfhdBaseIsMoof) || (flags & ~kTfhdKnown)) {
    return fail(ErrorCode::kMalformed, "tfhd must address its data from the moof, and no more");
  }
  if (r.u32() != kTrackId) return fail(ErrorCode::kMalformed, "fragment of an unknown track id");
  if ((flags & kTfhdSampleDescription) && r.u32() != 1) {
    return fail(ErrorCode::kMalformed, "tfhd refers to a sample description that does not exist");
  }
  Defaults defaults;
  if (flags & kTfhdDuration) defaults.duration = r.u32();
  if (flags & kTfhdSize) defaults.size = r.u32();
  if (flags & kTfhdFlags) defaults.flags = r.u32();
  if (!r.ok() || !r.empty()) return fail(ErrorCode::kMalformed, "tfhd has the wrong length");
  return defaults;
}

Result<uint64_t> parse_tfdt(ByteReader r) {
  const auto [version, flags] = read_full_box_header(r);
  if (version > 1) return fail(ErrorCode::kMalformed, "tfdt version is unknown");
  const uint64_t decode_time = version == 1 ? r.u64() : r.u32();
  if (!r.ok() || !r.empty()) return fail(ErrorCode::kMalformed, "tfdt has the wrong length");
  return decode_time;
}

struct Run {
  int32_t data_offset = 0;
  std::vector<Sample> samples;
};

Result<Run> parse_trun(ByteReader r, const Defaults& defaults) {
  const auto [version, flags] = read_full_box_header(r);
  const uint32_t count = r.u32();
  if (!r.ok() || version > 1 || !(flags & kTrunDataOffset) || (flags & ~kTrunKnown) ||
      ((flags & kTrunFirstFlags) && (flags & kTrunFlags))) {
    return fail(ErrorCode::kMalformed, "trun without a data offset, or with unknown fields");
  }
  if (count == 0 || count > kSamplesPerFragmentMax) {
    return fail(ErrorCode::kMalformed, "fragment with no samples or too many");
  }
  Run run{.data_offset = r.i32(), .samples = {}};
  const std::optional<uint32_t> first_flags =
      flags & kTrunFirstFlags ? std::optional(r.u32()) : std::nullopt;
  if ((!(flags & kTrunDuration) && !defaults.duration) ||
      (!(flags & kTrunSize) && !defaults.size) || (!(flags & kTrunFlags) && !defaults.flags)) {
    return fail(ErrorCode::kMalformed, "fragment leans on defaults outside itself");
  }
  const size_t fields_each = static_cast<size_t>(std::popcount(flags & kTrunPerSample));
  if (!r.ok() || r.rest().size() != 4 * fields_each * count) {
    return fail(ErrorCode::kMalformed, "trun has the wrong length");
  }
  run.samples.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    Sample sample;
    sample.duration = flags & kTrunDuration ? r.u32() : *defaults.duration;
    sample.size = flags & kTrunSize ? r.u32() : *defaults.size;
    uint32_t sample_flags = flags & kTrunFlags ? r.u32() : *defaults.flags;
    if (i == 0 && first_flags) sample_flags = *first_flags;
    sample.key = !(sample_flags & kNonSync);
    sample.composition_offset = flags & kTrunCompositionOffset ? r.i32() : 0;
    if (sample.duration == 0 || sample.size == 0) {
      return fail(ErrorCode::kMalformed, "fragment with an empty sample");
    }
    run.samples.push_back(sample);
  }
  // Version 0 offsets are unsigned (8.8.8.2).
  const auto negative = [](const Sample& s) { return s.composition_offset < 0; };
  if (version == 0 && std::ranges::any_of(run.samples, negative)) {
    return fail(ErrorCode::kMalformed, "trun version 0 with an offset over 2^31");
  }
  return run;
}

Result<Run> parse_traf(ByteReader r, Fragment& fragment) {
  std::optional<BoxView> tfhd, tfdt, trun;
  while (!r.empty()) {
    const auto box = take_box(r);
    if (!box) return std::unexpected(box.error());
    std::optional<BoxView>* slot = box->type == four_cc("tfhd")   ? &tfhd
                                   : box->type == four_cc("tfdt") ? &tfdt
                                   : box->type == four_cc("trun") ? &trun
                                                                  : nullptr;
    if (slot == nullptr || slot->has_value()) {
      return fail(ErrorCode::kMalformed, "traf with a box that does not belong there");
    }
    *slot = *box;
  }
  if (!tfhd || !tfdt || !trun) return fail(ErrorCode::kMalformed, "traf lacks tfhd, tfdt or trun");
  const auto defaults = parse_tfhd(ByteReader(tfhd->payload));
  if (!defaults) return std::unexpected(defaults.error());
  const auto decode_time = parse_tfdt(ByteReader(tfdt->payload));
  if (!decode_time) return std::unexpected(decode_time.error());
  fragment.decode_time = *decode_time;
  return parse_trun(ByteReader(trun->payload), *defaults);
}

// moof: mfhd (version+flags | sequence_number u32) | traf, and nothing else
Result<Run> parse_moof(ByteReader r, Fragment& fragment) {
  const auto mfhd = take_box(r);
  if (!mfhd) return std::unexpected(mfhd.error());
  if (mfhd->type != four_cc("mfhd") || mfhd->payload.size() != 8) {
    return fail(ErrorCode::kMalformed, "moof must begin with mfhd");
  }
  ByteReader sequence(mfhd->payload.subspan(4));
  fragment.sequence = sequence.u32();
  const auto traf = take_box(r);
  if (!traf) return std::unexpected(traf.error());
  if (traf->type != four_cc("traf") || !r.empty()) {
    return fail(ErrorCode::kMalformed, "moof must hold exactly one traf");
  }
  return parse_traf(ByteReader(traf->payload), fragment);
}

Result<> sum_samples(Fragment& fragment, uint64_t payload_size) {
  uint64_t duration = 0;
  uint64_t size = 0;
  for (const Sample& sample : fragment.samples) {
    duration += sample.duration;
    size += sample.size;
  }
  if (size != payload_size) return fail(ErrorCode::kMalformed, "sample sizes do not sum to mdat");
  if (duration > UINT32_MAX || fragment.decode_time > uint64_t{INT64_MAX} - duration) {
    return fail(ErrorCode::kMalformed, "fragment's times are out of range");
  }
  fragment.duration = static_cast<uint32_t>(duration);
  fragment.key = fragment.samples.front().key;
  return {};
}

}  // namespace

void append_fragment_head(std::vector<std::byte>& out, const FragmentTiming& timing,
                          std::span<const Sample> samples) {
  MR_ASSERT(!samples.empty() && samples.size() <= kSamplesPerFragmentMax);
  const Shared shared(samples);
  BoxWriter w(out);
  const size_t start = out.size();
  size_t data_offset_at = 0;
  {
    const auto moof = w.box(four_cc("moof"));
    {
      const auto mfhd = w.full_box(four_cc("mfhd"), 0, 0);
      w.u32(timing.sequence);
    }
    const auto traf = w.box(four_cc("traf"));
    append_tfhd(w, samples.front(), samples.back(), shared);
    {
      const auto tfdt = w.full_box(four_cc("tfdt"), /*version=*/1, 0);
      w.u64(timing.decode_time);
    }
    data_offset_at = append_trun(w, samples, shared);
  }
  uint64_t payload_size = 0;
  for (const Sample& sample : samples) payload_size += sample.size;
  const bool large = payload_size > UINT32_MAX - 8;
  w.u32(large ? 1 : static_cast<uint32_t>(payload_size + 8));
  w.u32(four_cc("mdat"));
  if (large) w.u64(payload_size + 16);
  w.patch_u32(data_offset_at, static_cast<uint32_t>(out.size() - start));
}

Result<Fragment> parse_fragment_head(std::span<const std::byte> head, uint64_t size) {
  ByteReader r(head);
  const auto moof = take_box(r);
  if (!moof) return std::unexpected(moof.error());
  if (moof->type != four_cc("moof")) return fail(ErrorCode::kMalformed, "fragment without moof");
  Fragment fragment;
  auto run = parse_moof(ByteReader(moof->payload), fragment);
  if (!run) return std::unexpected(run.error());

  uint64_t mdat_size = r.u32();
  if (r.u32() != four_cc("mdat")) return fail(ErrorCode::kMalformed, "moof without its mdat");
  const bool large = mdat_size == 1;
  if (large) mdat_size = r.u64();
  const uint64_t mdat_header_size = large ? 16 : 8;
  if (!r.ok() || mdat_size < mdat_header_size || size < moof->size() ||
      size - moof->size() != mdat_size) {
    return fail(ErrorCode::kMalformed, "mdat is cut off, or something follows it");
  }
  fragment.head_size = static_cast<uint32_t>(moof->size() + mdat_header_size);
  if (run->data_offset < 0 || static_cast<uint32_t>(run->data_offset) != fragment.head_size) {
    return fail(ErrorCode::kMalformed, "trun's data offset is not the start of mdat");
  }
  fragment.samples = std::move(run->samples);
  if (const auto summed = sum_samples(fragment, mdat_size - mdat_header_size); !summed) {
    return std::unexpected(summed.error());
  }
  return fragment;
}

Result<Fragment> parse_fragment(std::span<const std::byte> bytes) {
  return parse_fragment_head(bytes, bytes.size());
}

}  // namespace millrace::media::fmp4
