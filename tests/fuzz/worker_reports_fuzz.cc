// kind u8 | bytes of the ring from the worker, all of them written: the server's side from the ring
// to the checked report. Invariants: it ends; fragments of a track follow one another, begin at a
// key frame and lie within their record; text is printable; nothing is accepted after a verdict.
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "core/assert.h"
#include "core/doorbell.h"
#include "core/shm_ring.h"
#include "core/utf8.h"
#include "media/worker/report_check.h"
#include "tests/media/worker/sample_records.h"

namespace millrace::media::worker {
namespace {

constexpr size_t kCapacity = 64 << 10;

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

/// What the invariants need to know of the reports so far.
class Story {
 public:
  void go_on(const Report& report, const core::ShmRecord& record) {
    MR_ASSERT(!ended_);
    std::visit([this, &record](const auto& one) { look_at(one, record); }, report);
  }

 private:
  void look_at(const CheckedTrack& track, const core::ShmRecord&) {
    MR_ASSERT(track.report.track == tracks_.size());
    MR_ASSERT(track.format.timescale != 0);
    tracks_[track.report.track] = 0;
  }
  void look_at(const CheckedFragment& checked, const core::ShmRecord& record) {
    const auto track = tracks_.find(checked.track);
    MR_ASSERT(track != tracks_.end());
    MR_ASSERT(checked.fragment.decode_time == track->second);
    MR_ASSERT(checked.fragment.head_size < checked.bytes.size());
    MR_ASSERT(checked.bytes.size() <= record.payload.size());
    track->second = checked.fragment.end_time();
  }
  void look_at(const LogLine& line, const core::ShmRecord&) {
    MR_ASSERT(core::is_printable_utf8(line.text));
  }
  void look_at(const Progress& progress, const core::ShmRecord&) {
    MR_ASSERT(progress.fraction >= 0 && progress.fraction <= 1);
  }
  void look_at(const ImageReport& image, const core::ShmRecord& record) {
    MR_ASSERT(image.jpeg.size() <= record.payload.size());
    MR_ASSERT(image.tile_count <= image.columns * image.rows);
  }
  void look_at(const JobDone&, const core::ShmRecord&) { ended_ = true; }
  void look_at(const JobFailure& failure, const core::ShmRecord&) {
    MR_ASSERT(core::is_printable_utf8(failure.detail));
    MR_ASSERT(!advice(failure.reason).empty());
    ended_ = true;
  }
  template <class T>
  void look_at(const T&, const core::ShmRecord&) {}

  std::map<uint32_t, uint64_t> tracks_;  // and where each ends.
  bool ended_ = false;
};

void run(const uint8_t* data, size_t size) {
  if (size == 0) return;
  static const core::Doorbell bell = core::Doorbell::create().value();
  static const std::unique_ptr<void, Free> owner(
      std::aligned_alloc(4096, core::kShmRingHeadSize + kCapacity));
  const std::span memory(static_cast<std::byte*>(owner.get()), core::kShmRingHeadSize + kCapacity);
  std::memset(memory.data(), 0, memory.size());
  JobSpec spec = test::transcode_spec();
  spec.kind = static_cast<JobKind>(data[0] % 3);
  const size_t count = std::min(size - 1, kCapacity);
  std::memcpy(memory.data() + core::kShmRingHeadSize, data + 1, count);
  reinterpret_cast<core::ShmRingHead*>(memory.data())->head.store(count & ~uint64_t{7});

  core::ShmRingReader reader(memory, bell, kCapacity);
  ReportCheck check(spec);
  Story story;
  core::ShmRecord record;
  while (true) {
    const auto got = reader.try_read(record);
    if (!got || !*got) return;
    const auto report = check.accept(record);
    if (!report) return;
    story.go_on(*report, record);
  }
}

}  // namespace
}  // namespace millrace::media::worker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::media::worker::run(data, size);
  return 0;
}
