// The whole server in the test's process: its own threads, a free port, a store with one video.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>

#include "core/json.h"
#include "media/library/format_records.h"
#include "tests/media/catalogue/test_store.h"
#include "tests/media/library/stored_video.h"
#include "tests/tools/millrace/blocking_client.h"
#include "tools/millrace/program.h"

namespace millrace::test {

namespace stored = media::test;

inline constexpr const char* kReady = "readyready1";

/// The whole server on two cores and a free port; its worker is scripted_worker.cc.
class ProgramTestBench : public ::testing::Test {
 protected:
  ProgramTestBench() {
    std::signal(SIGPIPE, SIG_IGN);
    config_.server.listen = {.host = "127.0.0.1", .port = 0};
    config_.server.cores = 2;
    config_.server.pin = false;
    config_.http.lag_max = std::chrono::minutes(1);  // Tests share their machine.
    config_.server.shutdown_deadline = std::chrono::milliseconds(100);
    config_.store.root = store_.paths().root();
    config_.store.free_space_floor = core::ByteCount{0};
    config_.workers.path = MR_SCRIPTED_WORKER;
    config_.transcode.rung = {
        {.quality = "240p", .height = 240, .bitrate_bps = 400'000, .max_bitrate_bps = 600'000}};
    std::filesystem::create_directories(config_.store.root);
    add_ready_video();
    start();
  }

  void start() {
    auto program = Program::start(config_, clock_, core::Reactor::kAuto);
    ASSERT_TRUE(program) << program.error();
    program_ = std::move(*program);
  }
  void restart() {
    program_.reset();
    start();
  }

  /// 10 s of 360p and sound.
  void add_ready_video() {
    const auto video = stored::small_video();
    const auto audio = stored::small_audio();
    store_.add_track(kReady, "360p", video);
    store_.add_track(kReady, "audio-128k", audio);
    store_.add_file(store_.paths().original(kReady), std::string(42, 'x'));
    store_.add_file(store_.paths().poster(kReady), "\xFF\xD8\xFF\xD9");
    const auto catalogue = media::catalogue::test::must_open(store_.paths().catalogue());
    const media::catalogue::VideoRecord record = media::catalogue::test::video(kReady);
    ASSERT_TRUE(catalogue->accept_video({.video = record}));
    const auto job = catalogue->claim_job(media::catalogue::test::at_ms(1'000'000)).value();
    const auto finished = media::library::finished_video(
        {{.rendition = {.quality = "360p", .index = video.index}, .size = video.bytes.size()},
         {.rendition = {.quality = "audio-128k", .index = audio.index},
          .size = audio.bytes.size()}});
    ASSERT_TRUE(catalogue->finish_job(job->id, [&](media::catalogue::VideoRecord& edited) {
      finished(edited);
      edited.has_poster = true;
    }));
  }

  Answer ask(const Question& question) { return millrace::test::ask(program_->port(), question); }
  Answer get(std::string_view target, std::string_view fields = {}) {
    return ask({.target = target, .fields = fields});
  }
  /// The address of a route with its parameters filled in.
  static std::string address_of(std::string_view pattern) {
    std::string address;
    while (!pattern.empty()) {
      address += http::take_until(pattern, '{');
      if (pattern.empty()) break;
      std::string_view name = http::take_until(pattern, '}');
      name = http::take_until(name, ':');
      if (name == "id") address += kReady;
      if (name == "quality") address += "360p";
      if (name == "first") address += "0";
      if (name == "last") address += "1";
      if (name == "file") address += "app.js";
      if (name == "upload") address += "uploadupl01";
      if (name == "stream") address += "stage";
      if (name == "key") address += "no-such-key";
      if (name == "init" || name == "msn" || name == "part") address += "1";
    }
    return address;
  }
  /// Uploads a file that says what the worker does; yields its address.
  std::string upload(std::string script) {
    script.resize(16, ' ');
    const Answer made =
        ask({.method = "PUT", .target = "/api/VideoStream/upload/film.mp4", .body = script});
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.field("Location"));
  }
  /// Waits for the end of the video's events, which is the end of the work on it.
  std::string state_at_the_end_of(const std::string& video) {
    get(video + "/events");
    const auto json = core::parse_json(get(video).body);
    return std::string(json->find("state")->as_string().value_or("none"));
  }

  core::SystemClock clock_;
  core::Config config_;
  const stored::Store store_;
  std::unique_ptr<Program> program_;
};

}  // namespace millrace::test
