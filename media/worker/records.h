// The records that travel between server and worker: their types, and their bytes in both
// directions. The functions that parse check form and limits of one record; what a record may say
// after those before it is the matter of report_check.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/result.h"
#include "media/worker/failure.h"
#include "media/worker/job.h"
#include "media/worker/wire.h"

namespace millrace::media::worker {

/// Server to worker.
enum class DownRecord : uint32_t {
  kJob = 1,          ///< JobSpec; the first record, once.
  kSourceBytes = 2,  ///< generation u64 | offset u64 | bytes
  kLiveBytes = 3,    ///< bytes, the next of an endless source
  kLiveEnd = 4,      ///< Empty: the publisher has finished.
};

/// Worker to server.
enum class UpRecord : uint32_t {
  kSeek = 1,  ///< generation u64 | offset u64: send the source from there; older bytes are void.
  kProbe = 2,
  kTrack = 3,
  kFragment = 4,   ///< track u32 | moof mdat
  kTrackDone = 5,  ///< track u32
  kImage = 6,
  kProgress = 7,
  kValidation = 8,
  kExportBytes = 9,  ///< bytes
  kLog = 10,         ///< level u8 | text
  kDone = 11,        ///< Empty; the last record.
  kFailed = 12,      ///< reason u8 | text; the last record.
  kAlive = 13,       ///< Empty: nothing to report, and at work.
  kSourceLength = 14,
  kPart = 15,  ///< track u32 | flags u8 | moof mdat
  kNotice = 16,
};

struct SourceBytes {
  uint64_t generation = 0;
  uint64_t offset = 0;
  std::span<const std::byte> bytes;
};

struct SeekRequest {
  uint64_t generation = 0;
  uint64_t offset = 0;

  bool operator==(const SeekRequest&) const = default;
};

struct LogLine {
  LogLevel level = LogLevel::kNotice;
  std::string text;

  bool operator==(const LogLine&) const = default;
};

inline constexpr uint32_t kLogTextSizeMax = 1024;
/// The up ring holds two of the largest fragments, so that the worker makes one while the server
/// stores the other. Only pages that were written take memory.
inline constexpr size_t kUpRingSize = 16u << 20;
inline constexpr size_t kDownRingSize = 2u << 20;  // 8 reads ahead.
inline constexpr size_t kSourceReadSize = 256u << 10;
/// Any record: its bytes and the fields in front of them.
inline constexpr size_t kRecordSizeMax = kFragmentSizeMax + 4096;

WireWriter encode(const JobSpec& spec);
WireWriter encode(const SeekRequest& seek);
WireWriter encode(const ProbeReport& report);
WireWriter encode(const SourceLength& length);
WireWriter encode(const TrackReport& report);
WireWriter encode(const ImageReport& report);
WireWriter encode(const Notice& notice);
WireWriter encode(const Progress& progress);
WireWriter encode(const ValidationReport& report);
WireWriter encode(const LogLine& line);
WireWriter encode(const JobFailure& failure);

// Each fails with kMalformed, and `what` names the record. Spans are borrowed from the payload.
core::Result<JobSpec> parse_job(std::span<const std::byte> payload);
core::Result<SourceBytes> parse_source_bytes(std::span<const std::byte> payload);
core::Result<SeekRequest> parse_seek(std::span<const std::byte> payload);
core::Result<ProbeReport> parse_probe(std::span<const std::byte> payload);
core::Result<SourceLength> parse_source_length(std::span<const std::byte> payload);
core::Result<TrackReport> parse_track(std::span<const std::byte> payload);
core::Result<FragmentReport> parse_fragment_report(std::span<const std::byte> payload);
core::Result<PartReport> parse_part(std::span<const std::byte> payload);
core::Result<Notice> parse_notice(std::span<const std::byte> payload);
core::Result<uint32_t> parse_track_done(std::span<const std::byte> payload);
core::Result<ImageReport> parse_image(std::span<const std::byte> payload);
core::Result<Progress> parse_progress(std::span<const std::byte> payload);
core::Result<ValidationReport> parse_validation(std::span<const std::byte> payload);
core::Result<LogLine> parse_log(std::span<const std::byte> payload);
core::Result<JobFailure> parse_failure(std::span<const std::byte> payload);

}  // namespace millrace::media::worker
