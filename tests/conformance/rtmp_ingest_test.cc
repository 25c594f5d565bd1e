// IG-01 and IG-09 of the checklist with real encoders: what arrives is what they would have written
// into a file.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "core/process.h"
#include "media/flv/flv_reader.h"
#include "media/flv/video_tag.h"
#include "media/live/ingest/rtmp/server.h"
#include "tests/http/loopback_client.h"
#include "tests/media/live/ingest/rtmp/collecting_desk.h"
#include "tests/media/real_tools.h"

namespace millrace::media::rtmp::test {
namespace {

using media::test::output_of;
using media::test::read_file;
using media::test::to_hex;
using media::test::write_file;

struct ReadTag {
  flv::TagType type;
  int64_t timestamp_ms;
  std::string body;
  friend bool operator==(const ReadTag&, const ReadTag&) = default;
};

std::vector<ReadTag> media_tags(std::span<const std::byte> input) {
  std::vector<ReadTag> tags;
  flv::FlvReader reader;
  while (true) {
    const auto tag = reader.next(input);
    EXPECT_TRUE(tag) << "this is no FLV";
    if (!tag || !tag->has_value()) return tags;
    if ((*tag)->type == flv::TagType::kScript) continue;
    tags.push_back({(*tag)->type, (*tag)->timestamp_ms, to_hex((*tag)->body)});
  }
}

class RealEncoders : public ::testing::Test {
 protected:
  RealEncoders() : core_(std::move(*core::Core::create({}, clock_))), pump_(*core_) {
    server_ = std::move(
        *RtmpServer::start(*core_, {.desk = desk_, .metrics = counts_, .app = "live", .limits = {}},
                           {.host = "127.0.0.1", .port = 0}));
  }
  ~RealEncoders() override { core_->block_on(server_->stop()); }

  std::string address() const {
    return fmt::format("rtmp://127.0.0.1:{}/live/secret", server_->port());
  }
  static core::Process start(const std::string& program, std::vector<std::string> arguments) {
    auto process =
        core::Process::start({.executable = "/usr/bin/" + program,
                              .arguments = std::move(arguments),
                              .environment = {"HOME=/tmp", "PATH=/usr/bin:/bin"},
                              .fds = {},
                              .standard_error = core::Command::StandardError::kInherited});
    EXPECT_TRUE(process) << program;
    return std::move(*process);
  }
  core::ExitStatus wait_for(core::Process& process) {
    pump_.until([&] { return process.reap().value().has_value(); });
    return process.reap().value().value_or(core::ExitStatus{});
  }
  /// Sends the FLV file as it is; `options` go before the address.
  core::ExitStatus send_file(const std::string& path, std::vector<std::string> options = {}) {
    std::vector<std::string> arguments{"-v", "error", "-i", path, "-c", "copy"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {"-f", "flv", address()});
    core::Process ffmpeg = start("ffmpeg", std::move(arguments));
    const core::ExitStatus status = wait_for(ffmpeg);
    pump_.until([&] { return server_->connection_count() == 0; });
    return status;
  }
  /// Two seconds of H.264 with B pictures and AAC.
  std::string make_clip() {
    const std::string path = folder_.file("clip.flv");
    output_of(
        "ffmpeg -v error -f lavfi -i testsrc=size=320x180:rate=25 -f lavfi -i sine -t 2 "
        "-c:v libx264 -preset ultrafast -bf 2 -g 25 -c:a aac -f flv " +
        path);
    return path;
  }
  /// What FFmpeg writes into a file with the options that it was sent with.
  std::vector<ReadTag> written_tags(const std::string& path, const std::string& options = "") {
    const std::string copy = folder_.file("copy.flv");
    output_of("ffmpeg -v error -y -i " + path + " -c copy " + options + " -f flv " + copy);
    return media_tags(read_file(copy));
  }

  /// 60 pictures and some sound.
  core::ExitStatus publish_with_gstreamer(const std::string& sink) {
    core::Process gstreamer =
        start("gst-launch-1.0", {"-q",
                                 "videotestsrc",
                                 "num-buffers=60",
                                 "!",
                                 "video/x-raw,width=320,height=180,framerate=30/1",
                                 "!",
                                 "openh264enc",
                                 "!",
                                 "h264parse",
                                 "!",
                                 "flvmux",
                                 "name=mux",
                                 "streamable=true",
                                 "!",
                                 sink,
                                 "location=" + address(),
                                 "audiotestsrc",
                                 "num-buffers=90",
                                 "!",
                                 "voaacenc",
                                 "!",
                                 "aacparse",
                                 "!",
                                 "mux."});
    const core::ExitStatus status = wait_for(gstreamer);
    pump_.until([&] { return server_->connection_count() == 0; });
    EXPECT_EQ(desk_.publications.size(), 1U);
    return status;
  }
  size_t count_pictures() {
    size_t pictures = 0;
    for (const ReadTag& tag : media_tags(desk_.only().bytes)) {
      if (tag.type != flv::TagType::kVideo) continue;
      const auto body = media::test::from_hex(tag.body);
      const auto packet = flv::parse_video(body);
      EXPECT_TRUE(packet);
      pictures += packet && packet->kind == flv::PacketKind::kFrame ? 1 : 0;
    }
    return pictures;
  }

  core::SystemClock clock_;
  std::unique_ptr<core::Core> core_;
  http::test::Pump pump_;
  core::Metrics metrics_;
  RtmpMetrics counts_{metrics_};
  CollectingDesk desk_;
  std::unique_ptr<RtmpServer> server_;
  media::test::TemporaryFolder folder_;
};

TEST_F(RealEncoders, IG_01_ReceivesFromFfmpegWhatItWritesIntoAFile) {
  const std::string clip = make_clip();
  EXPECT_EQ(send_file(clip).code, 0);
  ASSERT_EQ(desk_.publications.size(), 1U);
  EXPECT_TRUE(desk_.only().finished);
  EXPECT_TRUE(media_tags(desk_.only().bytes) == written_tags(clip));
  const std::string received = folder_.file("received.flv");
  write_file(received, desk_.only().bytes);
  EXPECT_EQ(output_of("ffprobe -v error -count_packets -select_streams v -show_entries "
                      "stream=codec_name,nb_read_packets -of csv=p=0 " +
                      received),
            "h264,50\n");
}

TEST_F(RealEncoders, IG_01_ReadsTheExtendedTimestampsOfFfmpeg) {
  const std::string clip = make_clip();
  for (const char* offset_s : {"16776.2", "20000", "2147482.6"}) {
    EXPECT_EQ(send_file(clip, {"-output_ts_offset", offset_s}).code, 0);
    EXPECT_TRUE(media_tags(desk_.publications.back()->bytes) ==
                written_tags(clip, std::string("-output_ts_offset ") + offset_s))
        << offset_s;
  }
}

TEST_F(RealEncoders, IG_01_RefusesFfmpegWithAWrongKey) {
  desk_.key = "another";
  EXPECT_NE(send_file(make_clip()).code, 0);
  EXPECT_EQ(metrics_.value(counts_.refused_publish), 1U);
}

TEST_F(RealEncoders, IG_09_NoticesAtOnceThatFfmpegWasKilled) {
  core::Process ffmpeg =
      start("ffmpeg", {"-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=320x180", "-c:v",
                       "libx264", "-tune", "zerolatency", "-f", "flv", address()});
  pump_.until([&] { return !desk_.publications.empty() && desk_.only().bytes.size() > 10'000; });
  ffmpeg.send_signal(SIGKILL);
  pump_.until([&] { return desk_.only().destroyed; });
  EXPECT_FALSE(desk_.only().finished);
  EXPECT_FALSE(media_tags(desk_.only().bytes).empty());
}

TEST_F(RealEncoders, IG_01_ReceivesFromGstreamer) {
  EXPECT_EQ(publish_with_gstreamer("rtmp2sink").code, 0);
  EXPECT_EQ(count_pictures(), 60U);
  EXPECT_TRUE(desk_.only().finished) << "rtmp2sink says that it stops";
}

TEST_F(RealEncoders, IG_01_ReceivesFromLibrtmpAsObsUsesIt) {
  EXPECT_EQ(publish_with_gstreamer("rtmpsink").code, 0);
  EXPECT_EQ(count_pictures(), 60U);
  EXPECT_TRUE(desk_.only().finished);
}

}  // namespace
}  // namespace millrace::media::rtmp::test
