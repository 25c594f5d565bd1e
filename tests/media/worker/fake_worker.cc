// A worker without FFmpeg, for the tests of the server's side: in the real rings and the real
// sandbox it does what the "file extension" of its job says, honestly or not.
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <random>

#include "core/doorbell.h"
#include "core/shm_ring.h"
#include "media/worker/ring_fds.h"
#include "media/worker/worker_process.h"
#include "tests/media/worker/live_records.h"

namespace millrace::media::worker {
namespace {

constexpr uint32_t kFragments = 20;

/// The reports that an honest worker makes, ended by `until` of them.
JobResult report(Sink& sink, uint32_t until) {
  uint32_t count = 0;
  const auto next = [&count, until] { return count++ < until; };
  if (next() && !sink.probe(test::probe_report())) return job_failure(FailureReason::kInternal, "");
  if (next() && !sink.track(test::track_report())) return job_failure(FailureReason::kInternal, "");
  for (uint32_t i = 0; i < kFragments && next(); ++i) {
    const auto bytes = test::fragment(i);
    if (!sink.fragment({.track = 0, .bytes = bytes})) {
      return job_failure(FailureReason::kInternal, "fragment");
    }
  }
  if (next() && !sink.source_length(test::source_length(kFragments))) {
    return job_failure(FailureReason::kInternal, "");
  }
  if (next() && !sink.track_done(0)) return job_failure(FailureReason::kInternal, "");
  return {};
}

std::span<std::byte> report_memory() {
  const size_t size = core::kShmRingHeadSize + kUpRingSize;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, kUpMemoryFd, 0);
  return {static_cast<std::byte*>(memory), size};
}

void ring_the_bell() {
  const core::Doorbell bell{core::UniqueFd(kServerBellFd)};
  bell.ring();
}

[[noreturn]] void stop_for_ever() {
  while (true) ::poll(nullptr, 0, -1);
}

/// Random bytes over the cursors and the records.
[[noreturn]] void scribble(uint32_t seed) {
  std::mt19937 random(seed);
  const auto memory = report_memory();
  for (size_t i = 0; i < core::kShmRingHeadSize * 2; ++i) {
    memory[i] = static_cast<std::byte>(random());
  }
  ring_the_bell();
  stop_for_ever();
}

JobResult lie(Sink& sink) {
  static_cast<void>(report(sink, 3));
  auto bytes = test::fragment(1);
  bytes[bytes.size() / 2] ^= std::byte{1};  // A sample: nobody can see that, and it is accepted.
  bytes[3] ^= std::byte{1};                 // The size of the moof: everybody can.
  static_cast<void>(sink.fragment({.track = 0, .bytes = bytes}));
  stop_for_ever();
}

JobResult flood(Sink& sink, uint32_t log_line_count) {
  for (uint32_t i = 0; i < log_line_count; ++i) {
    sink.log(LogLevel::kNotice, "flood");
    static_cast<void>(sink.export_bytes({}));  // Nobody asked for an export.
  }
  stop_for_ever();
}

JobResult use_up_cpu_time() {
  for (volatile uint64_t i = 0;; i = i + 1) {
  }
}

JobResult transcode(const JobSpec& spec, Source& source, Sink& sink) {
  const std::string_view what = spec.file_extension;
  const size_t dash = what.find('-');
  const std::string_view verb = what.substr(0, dash);
  uint32_t number = 0;
  if (dash != what.npos) std::from_chars(what.data() + dash + 1, what.data() + what.size(), number);

  std::array<std::byte, 16> start{};
  if (!source.read(start)) return job_failure(FailureReason::kInternal, "source");
  if (verb == "honest") return report(sink, UINT32_MAX);
  if (verb == "refuse") return job_failure(FailureReason::kTruncated, "no moov\nbox");
  if (verb == "scribble") scribble(number);
  if (verb == "lie") return lie(sink);
  if (verb == "flood") return flood(sink, 1'000'000);
  if (verb == "burn") return use_up_cpu_time();
  static_cast<void>(report(sink, number));
  if (verb == "crash") {
    ::signal(SIGSEGV, SIG_DFL);  // A sanitizer would make an exit status of it.
    ::raise(SIGSEGV);
  }
  if (verb == "exit") ::_exit(3);
  if (verb == "hang") stop_for_ever();
  return job_failure(FailureReason::kInternal, "unknown test");
}

/// Exports the source: the second half first, then all of it in odd pieces.
JobResult echo(const JobSpec&, Source& source, Sink& sink) {
  std::vector<std::byte> buffer(100'003);
  for (const uint64_t start : {source.size() / 2, uint64_t{0}}) {
    if (!source.seek(start)) return job_failure(FailureReason::kInternal, "seek");
    while (true) {
      const auto count = source.read(buffer);
      if (!count) return job_failure(count.error());
      if (*count == 0) break;
      if (const auto sent = sink.export_bytes(std::span(buffer).first(*count)); !sent) {
        return job_failure(sent.error());
      }
    }
  }
  return {};
}

/// One part of half a second for every 100,000 bytes of the publisher; a sum of them as a notice.
JobResult live(const JobSpec& spec, Source& source, Sink& sink) {
  const std::string_view what = spec.file_extension;
  const auto failed = [] { return job_failure(FailureReason::kInternal, "refused"); };
  if (what == "early") return {};
  if (!sink.probe(test::live_probe()) || !sink.track(test::live_track())) return failed();
  if (what == "spin") return use_up_cpu_time();
  std::vector<std::byte> buffer(7001);
  uint64_t size = 0;
  uint64_t sum = 0;
  uint32_t parts = 0;
  while (true) {
    const auto count = source.read(buffer);
    if (!count) return job_failure(count.error());
    if (*count == 0) break;
    for (const std::byte byte : std::span(buffer).first(*count)) {
      sum = sum * 31 + std::to_integer<uint64_t>(byte);
    }
    size += *count;
    if (what == "stuck" && parts == 3) stop_for_ever();
    if (what == "crash" && parts == 3) ::_exit(1);
    for (; parts < size / 100'000; ++parts) {
      const auto part = test::live_part({.index = parts});
      if (!sink.part({.track = 0, .flags = part.flags, .bytes = part.bytes})) return failed();
    }
  }
  if (!sink.notice({.kind = NoticeKind::kLate, .subject = "sum", .amount_ms = sum})) {
    return failed();
  }
  return sink.track_done(0) ? JobResult{} : failed();
}

}  // namespace
}  // namespace millrace::media::worker

int main(int argc, char** argv) {
  using millrace::media::worker::JobRunners;
  const JobRunners runners{.transcode = millrace::media::worker::transcode,
                           .export_ts = millrace::media::worker::echo,
                           .live = millrace::media::worker::live};
  ::_exit(millrace::media::worker::run_worker(argc > 1 ? argv[1] : "", runners));
}
