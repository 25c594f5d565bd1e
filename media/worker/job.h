// What the server asks of a worker. Plain data: no libav, no ring. What the worker answers is in
// report.h, the two ends that the pipeline sees are in source.h and sink.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "media/fmp4/track_format.h"
#include "media/worker/failure.h"
#include "media/worker/live_spec.h"
#include "media/worker/report.h"
#include "media/worker/sink.h"
#include "media/worker/source.h"

namespace millrace::media::worker {

enum class JobKind : uint8_t {
  kTranscode = 0,  ///< Source: the uploaded file. Makes every rung and every audio rendition.
  kValidate = 1,  ///< Source: one finished CMAF track. Decodes all of it and reports what is in it.
  kExportTs = 2,  ///< Source: an init segment and a run of fragments. Makes one MPEG-TS segment.
  kLive = 3,  ///< Source: a publisher's bytes, without size and seeks. Makes parts until it ends.
};

/// One video rendition. A rung higher than the source is left out; the rung is the shorter side,
/// so that a portrait video of 1080x1920 has a 1080p.
struct RungSpec {
  std::string quality;  ///< "720p", "720p-vp9": names the track and its file.
  fmp4::Codec codec = fmp4::Codec::kH264;
  uint32_t height = 0;  ///< Of the shorter side, even.
  uint32_t bitrate_bps = 0;
  uint32_t max_bitrate_bps = 0;  ///< VBV rate.
  std::string preset;            ///< The encoder's own word or number: "veryfast", "8".

  bool operator==(const RungSpec&) const = default;
};

struct AudioSpec {
  std::string quality;  ///< "audio-128k"
  fmp4::Codec codec = fmp4::Codec::kAac;
  uint32_t bitrate_bps = 0;

  bool operator==(const AudioSpec&) const = default;
};

struct JobLimits {
  uint32_t width_max = 4096;  // 4K DCI in either orientation; 8K is refused.
  uint32_t height_max = 4096;
  uint64_t pixels_max = 4096ull * 2304;  // Of a coded picture; what decoding costs in memory.
  uint64_t duration_ms_max = 12ull * 3600 * 1000;
  uint64_t memory_size_max = 6ull << 30;  // Writable memory of the worker, by RLIMIT_DATA.
  uint32_t cpu_seconds_max = 48u * 3600;  // RLIMIT_CPU.

  bool operator==(const JobLimits&) const = default;
};

struct JobSpec {
  JobKind kind = JobKind::kTranscode;
  std::vector<RungSpec> ladder;  ///< Any order, at most kRungCountMax.
  std::vector<AudioSpec> audio;  ///< At most kAudioCountMax.
  uint32_t gop_ms = 2000;        ///< Key frames at the same instants in all rungs.
  uint32_t thread_count = 0;     ///< 0: one a core of the affinity mask.
  uint64_t source_size = 0;      ///< Bytes; never changes during a job.
  std::string file_extension;    ///< A hint for the probe, lower case without dot, may be empty.
  JobLimits limits;
  LiveSpec live;  ///< Of a kLive job.

  bool operator==(const JobSpec&) const = default;
};

inline constexpr uint32_t kRungCountMax = 16;
inline constexpr uint32_t kAudioCountMax = 8;
inline constexpr uint32_t kNameSizeMax = 64;  ///< quality, preset, codec and container names.

}  // namespace millrace::media::worker
