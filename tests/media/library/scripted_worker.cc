// A worker without FFmpeg: the first word of its source says what it does. It makes one rendition,
// 240p, of four fragments; as a validator it reads them back, as an exporter it sends on what it is
// given.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "media/fmp4/box_reader.h"
#include "media/worker/worker_process.h"
#include "tests/media/worker/sample_records.h"

namespace millrace::media::worker {
namespace {

constexpr uint32_t kFragments = 4;
constexpr std::byte kDamage{0xCD};

[[noreturn]] void stop_for_ever() {
  while (true) ::poll(nullptr, 0, -1);
}

[[noreturn]] void report_for_ever(Sink& sink) {
  while (true) {
    static_cast<void>(sink.progress({.fraction = 0.5, .fps = 60, .speed = 2, .seconds_left = 2}));
    ::poll(nullptr, 0, /*timeout=*/50);
  }
}

std::string read_all(Source& source) {
  std::string all(source.size(), '\0');
  size_t at = 0;
  while (at < all.size()) {
    const auto got = source.read(std::as_writable_bytes(std::span(all)).subspan(at));
    if (!got || *got == 0) break;
    at += *got;
  }
  return all.substr(0, at);
}

JobResult transcode(const JobSpec&, Source& source, Sink& sink) {
  const std::string script = read_all(source);
  const std::string word = script.substr(0, script.find(' '));
  if (word == "refuse") return job_failure(FailureReason::kTruncated, "no moov box");
  if (word == "internal") return job_failure(FailureReason::kInternal, "scripted");
  static_cast<void>(sink.probe(test::probe_report()));
  static_cast<void>(sink.track(test::track_report()));
  static_cast<void>(sink.progress({.fraction = 0.5, .fps = 60, .speed = 2, .seconds_left = 2}));
  for (uint32_t i = 0; i < kFragments; ++i) {
    auto bytes = test::fragment(i);
    if (word == "damage") bytes.back() = kDamage;
    if (!sink.fragment({.track = 0, .bytes = bytes})) {
      return job_failure(FailureReason::kInternal, "fragment");
    }
    if (word == "hang") stop_for_ever();
    if (word == "busy") report_for_ever(sink);
    if (word == "crash") {
      ::signal(SIGSEGV, SIG_DFL);  // A sanitizer would make an exit status of it.
      ::raise(SIGSEGV);
    }
  }
  const std::array<std::byte, 4> jpeg{std::byte{0xFF}, std::byte{0xD8}, std::byte{0xFF},
                                      std::byte{0xD9}};
  static_cast<void>(sink.image(
      {.kind = ImageKind::kPoster, .tile_width = 426, .tile_height = 240, .jpeg = jpeg}));
  const uint32_t length = word == "short" ? kFragments + 1 : kFragments;
  static_cast<void>(sink.source_length(test::source_length(length)));
  if (!sink.track_done(0)) return job_failure(FailureReason::kInternal, "track_done");
  return {};
}

JobResult validate(const JobSpec&, Source& source, Sink& sink) {
  const std::string file = read_all(source);
  ValidationReport report;
  fmp4::ByteReader reader(std::as_bytes(std::span(file)));
  while (!reader.empty()) {
    const auto box = fmp4::take_box(reader);
    if (!box) return job_failure(FailureReason::kTruncated, "box");
    if (box->type != 0x6D646174) continue;  // mdat
    ++report.key_frame_count;
    report.frame_count += test::kFramesPerFragment;
    if (box->payload.back() == kDamage) ++report.decode_error_count;
  }
  report.duration_us = report.frame_count * 1'000'000 / 30;
  if (!sink.validation(report)) return job_failure(FailureReason::kInternal, "validation");
  return {};
}

/// Exports its source as it is.
JobResult echo(const JobSpec&, Source& source, Sink& sink) {
  const std::string all = read_all(source);
  if (all.starts_with("damage")) return job_failure(FailureReason::kDamaged, "scripted");
  if (all.starts_with("unknown")) return job_failure(FailureReason::kUnsupportedJob, "scripted");
  if (!sink.export_bytes(std::as_bytes(std::span(all)))) {
    return job_failure(FailureReason::kInternal, "export");
  }
  if (all.starts_with("hang")) stop_for_ever();
  return {};
}

}  // namespace
}  // namespace millrace::media::worker

int main(int argc, char** argv) {
  using millrace::media::worker::JobRunners;
  const JobRunners runners{.transcode = millrace::media::worker::transcode,
                           .validate = millrace::media::worker::validate,
                           .export_ts = millrace::media::worker::echo};
  ::_exit(millrace::media::worker::run_worker(argc > 1 ? argv[1] : "", runners));
}
