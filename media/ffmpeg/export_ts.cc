#include "media/ffmpeg/export_ts.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "media/ffmpeg/surroundings.h"
#include "media/ffmpeg/ts_continuity.h"
#include "media/ffmpeg/ts_muxer.h"
#include "media/fmp4/box_reader.h"
#include "media/fmp4/fragment.h"
#include "media/fmp4/init_segment.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

// A minute at 32 Mbit/s. A segment is held whole, because its last packets depend on its first.
constexpr uint64_t kSegmentSizeMax = 256ull << 20;
constexpr uint64_t kTsTicks = 90'000;

Outcome<std::vector<std::byte>> read_all(worker::Source& source) {
  if (source.size() == 0 || source.size() > kSegmentSizeMax) {
    return job_failure(FailureReason::kDamaged, "no segment, or one too large");
  }
  std::vector<std::byte> bytes(source.size());
  size_t filled = 0;
  if (auto sought = source.seek(0); !sought) return worker::job_failure(sought.error());
  while (filled < bytes.size()) {
    const auto got = source.read(std::span(bytes).subspan(filled));
    if (!got) return worker::job_failure(got.error());
    if (*got == 0) break;
    filled += *got;
  }
  bytes.resize(filled);
  return bytes;
}

struct Fragments {
  fmp4::TrackFormat format;
  std::vector<std::span<const std::byte>> fragments;
};

/// `count` boxes off the front of `rest`.
core::Result<std::span<const std::byte>> take_boxes(std::span<const std::byte>& rest, int count) {
  fmp4::ByteReader reader(rest);
  for (int i = 0; i < count; ++i) {
    if (const auto box = fmp4::take_box(reader); !box) return std::unexpected(box.error());
  }
  const auto taken = rest.first(rest.size() - reader.rest().size());
  rest = reader.rest();
  return taken;
}

core::Result<Fragments> split(std::span<const std::byte> bytes) {
  auto rest = bytes;
  const auto init = take_boxes(rest, 2);  // ftyp moov
  if (!init) return std::unexpected(init.error());
  auto format = fmp4::parse_init_segment(*init);
  if (!format) return std::unexpected(format.error());
  Fragments out{.format = std::move(*format)};
  while (!rest.empty()) {
    const auto fragment = take_boxes(rest, 2);  // moof mdat
    if (!fragment) return std::unexpected(fragment.error());
    out.fragments.push_back(*fragment);
  }
  if (out.fragments.empty()) return core::fail(core::ErrorCode::kMalformed, "no fragment");
  return out;
}

class Export {
 public:
  Export(const fmp4::TrackFormat& format, TsMuxer& muxer) : format_(format), muxer_(muxer) {}

  Outcome<> add(const fmp4::Fragment& fragment, std::span<const std::byte> bytes) {
    muxer_.repeat_tables();
    auto payload = bytes.subspan(fragment.head_size);
    // The edit list's cut moves both times, so none is shown before it is decoded.
    int64_t time = static_cast<int64_t>(fragment.decode_time) - int64_t{format_.priming} -
                   int64_t{format_.reorder_delay};
    for (const fmp4::Sample& sample : fragment.samples) {
      auto written = muxer_.write({.decode_time = ticks(time),
                                   .presentation_time = ticks(time + sample.composition_offset),
                                   .duration = ticks(sample.duration),
                                   .key = sample.key,
                                   .bytes = payload.first(sample.size)});
      if (!written) return written;
      payload = payload.subspan(sample.size);
      time += sample.duration;
    }
    return {};
  }

 private:
  int64_t ticks(int64_t time) const { return av_rescale(time, kTsTicks, format_.timescale); }

  const fmp4::TrackFormat& format_;
  TsMuxer& muxer_;
};

Outcome<std::vector<std::byte>> make_segment(const Fragments& source) {
  auto muxer = TsMuxer::open(source.format);
  if (!muxer) return std::unexpected(muxer.error());
  Export segment(source.format, **muxer);
  uint32_t first_fragment = 0;
  for (const auto& bytes : source.fragments) {
    const auto fragment = fmp4::parse_fragment(bytes);
    if (!fragment) return job_failure(FailureReason::kDamaged, fragment.error().what);
    if (&bytes == &source.fragments.front()) first_fragment = fragment->sequence - 1;
    if (auto added = segment.add(*fragment, bytes); !added) return std::unexpected(added.error());
  }
  const auto packets = (*muxer)->finish();
  if (!packets) return std::unexpected(packets.error());
  return continuous_segment(*packets, first_fragment);
}

}  // namespace

worker::JobResult run_export_ts(const worker::JobSpec&, worker::Source& source,
                                worker::Sink& sink) {
  silence_libav();
  const auto bytes = read_all(source);
  if (!bytes) return std::unexpected(bytes.error());
  const auto fragments = split(*bytes);
  if (!fragments) return job_failure(FailureReason::kDamaged, fragments.error().what);
  const auto segment = make_segment(*fragments);
  if (!segment) return std::unexpected(segment.error());
  for (std::span<const std::byte> rest = *segment; !rest.empty();) {
    const auto part = rest.first(std::min<size_t>(rest.size(), worker::kFragmentSizeMax));
    if (const auto sent = sink.export_bytes(part); !sent) return worker::job_failure(sent.error());
    rest = rest.subspan(part.size());
  }
  return {};
}

}  // namespace millrace::media::ffmpeg
