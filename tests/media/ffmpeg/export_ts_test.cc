#include "media/ffmpeg/export_ts.h"

#include <map>

#include "media/ffmpeg/ts_continuity.h"
#include "tests/media/ffmpeg/job_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

/// The init segment and fragments first..last of a track.
std::vector<std::byte> run_of(const Track& track, size_t first, size_t last) {
  std::vector<std::byte> bytes = track.report.init_segment;
  size_t at = bytes.size();
  for (size_t i = 0; i <= last; ++i) {
    size_t size = track.fragments[i].head_size;
    for (const auto& sample : track.fragments[i].samples) size += sample.size;
    if (i >= first) {
      bytes.insert(bytes.end(), track.file.begin() + static_cast<ptrdiff_t>(at),
                   track.file.begin() + static_cast<ptrdiff_t>(at + size));
    }
    at += size;
  }
  return bytes;
}

JobRun export_ts(std::vector<std::byte> source) {
  MemorySource memory(std::move(source));
  JobRun run;
  worker::JobSpec spec = job();
  spec.kind = worker::JobKind::kExportTs;
  run.result = run_export_ts(spec, memory, *run.sink);
  return run;
}

struct Packet {
  uint16_t pid;
  uint8_t counter;
  bool payload;
};

std::vector<Packet> packets_of(std::span<const std::byte> segment) {
  EXPECT_EQ(segment.size() % kTsPacketSize, 0U);
  std::vector<Packet> packets;
  for (size_t at = 0; at + kTsPacketSize <= segment.size(); at += kTsPacketSize) {
    const auto byte = [&](size_t i) { return std::to_integer<uint16_t>(segment[at + i]); };
    EXPECT_EQ(byte(0), 0x47);
    packets.push_back({.pid = static_cast<uint16_t>((byte(1) & 0x1f) << 8 | byte(2)),
                       .counter = static_cast<uint8_t>(byte(3) & 0x0f),
                       .payload = (byte(3) & 0x10) != 0});
  }
  return packets;
}

class ExportTs : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    worker::JobSpec spec = job({144});
    spec.ladder[0].preset = "veryfast";
    made_ = new JobRun(transcode(
        clip(fmt::format("-f lavfi -i testsrc2=s=320x180:r=25:d=9 -f lavfi -i sine=440:d=9 {}",
                         kFast)),
        spec));
  }
  static void TearDownTestSuite() { delete made_; }

  /// Segments of 2, 1 and 2 fragments.
  static std::vector<std::vector<std::byte>> segments(std::string_view quality) {
    std::vector<std::vector<std::byte>> out;
    for (const auto& [first, last] : {std::pair{0, 1}, {2, 2}, {3, 4}}) {
      const JobRun run = export_ts(run_of(made_->track(quality), size_t(first), size_t(last)));
      EXPECT_TRUE(run.result) << run.result.error().detail;
      out.push_back(run.sink->exported);
    }
    return out;
  }

  static std::string joined(const TemporaryFolder& folder, std::string_view quality) {
    std::vector<std::byte> whole;
    for (const auto& segment : segments(quality)) {
      whole.insert(whole.end(), segment.begin(), segment.end());
    }
    write_file(folder.file("whole.ts"), whole);
    return folder.file("whole.ts");
  }

  static JobRun* made_;
};
JobRun* ExportTs::made_ = nullptr;

TEST_F(ExportTs, BeginsEverySegmentWithPatAndPmt) {  // SG-09
  for (const auto& segment : segments("144p")) {
    const auto packets = packets_of(segment);
    ASSERT_GT(packets.size(), 2U);
    EXPECT_EQ(packets[0].pid, 0);
    EXPECT_EQ(packets[1].pid, 4096);
  }
}

TEST_F(ExportTs, ContinuesTheCountersOfSegmentsThatWereMadeApart) {  // SG-09
  for (const char* quality : {"144p", "audio-64k"}) {
    std::map<uint16_t, uint8_t> last;
    for (const auto& segment : segments(quality)) {
      for (const Packet& packet : packets_of(segment)) {
        if (!packet.payload) continue;
        const auto before = last.find(packet.pid);
        if (before != last.end()) {
          ASSERT_EQ(packet.counter, (before->second + 1) % 16) << quality << " " << packet.pid;
        }
        last[packet.pid] = packet.counter;
      }
    }
    EXPECT_EQ(last.size(), 3U) << "PAT, PMT and the stream";
  }
}

TEST_F(ExportTs, GivesSegmentsThatPlayInARow) {
  const TemporaryFolder folder;
  const std::string file = joined(folder, "144p");
  EXPECT_EQ(output_of("ffmpeg -nostdin -v error -xerror -i " + file + " -f null -"), "");
  std::istringstream times(
      output_of("ffprobe -v error -select_streams v -show_entries frame=pts_time -of csv=p=0 " +
                file + " | grep -o '^[0-9.]*'"));
  double expected = 10.0;  // The origin.
  int count = 0;
  for (double time = 0; times >> time; expected += 0.04, ++count)
    ASSERT_NEAR(time, expected, 0.001);
  EXPECT_EQ(count, 225);
}

TEST_F(ExportTs, KeepsSoundInStepWithThePicture) {
  const TemporaryFolder folder;
  const std::string file = joined(folder, "audio-64k");
  EXPECT_EQ(output_of("ffmpeg -nostdin -v error -xerror -i " + file + " -f null -"), "");
  const std::string first = output_of(
      "ffprobe -v error -show_entries packet=pts_time -of csv=p=0 " + file + " | head -1");
  EXPECT_NEAR(std::stod(first), 10.0 - 1024 / 48'000.0, 0.001);
}

TEST_F(ExportTs, SendsAClockReferenceEveryTenthOfASecond) {  // SG-09
  for (const char* quality : {"144p", "audio-64k"}) {
    double last = -1;
    for (const auto& segment : segments(quality)) {
      for (size_t at = 0; at < segment.size(); at += kTsPacketSize) {
        const auto byte = [&](size_t i) { return std::to_integer<uint64_t>(segment[at + i]); };
        if ((byte(3) & 0x20) == 0 || byte(4) == 0 || (byte(5) & 0x10) == 0) continue;
        const uint64_t base =
            byte(6) << 25 | byte(7) << 17 | byte(8) << 9 | byte(9) << 1 | byte(10) >> 7;
        const double time = static_cast<double>(base) / 90'000;
        if (last >= 0) EXPECT_LE(time - last, 0.101) << quality;
        last = time;
      }
    }
    EXPECT_GT(last, 0);
  }
}

TEST_F(ExportTs, RefusesWhatTransportStreamsDoNotCarry) {
  worker::JobSpec spec = job({});
  spec.ladder = {rung(144, fmp4::Codec::kVp9)};
  spec.audio.clear();
  const JobRun vp9 = transcode(clip("-f lavfi -i testsrc2=s=64x64:r=25:d=1 -c:v mpeg4"), spec);
  EXPECT_EQ(export_ts(vp9.track("144p-vp9").file).reason(), "unsupported_job");
}

TEST_F(ExportTs, RefusesWhatIsNoRunOfFragments) {
  EXPECT_EQ(export_ts({}).reason(), "damaged");
  EXPECT_EQ(export_ts(made_->track("144p").report.init_segment).reason(), "damaged");
  auto bytes = made_->track("144p").file;
  bytes.resize(bytes.size() - 7);
  EXPECT_EQ(export_ts(std::move(bytes)).reason(), "damaged");
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
