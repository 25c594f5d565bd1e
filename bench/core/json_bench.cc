// The JSON of one video, written and read.
#include "core/json.h"

#include <benchmark/benchmark.h>

#include <string>

#include "core/assert.h"
#include "core/json_writer.h"

namespace millrace::core {
namespace {

std::string video_json() {
  std::string text;
  JsonWriter json(text);
  json.begin_object()
      .member("id", "dQw4w9WgXcQ")
      .member("title", "A film of \"some\" length – with a title")
      .key("tags").begin_array().value("film").value("test").end_array()
      .member("state", "ready")
      .member("durationSeconds", 8.341)
      .key("formats").begin_array();
  for (unsigned itag = 133; itag < 142; ++itag) {
    json.begin_object()
        .member("itag", itag)
        .member("quality", "720p")
        .member("codecs", "avc1.64001f")
        .member("width", 1280)
        .member("height", 720)
        .member("frameRate", 29.97)
        .member("bitrateBps", 2'800'000)
        .member("url", "/api/VideoStream/watch?v=dQw4w9WgXcQ&itag=136")
        .end_object();
  }
  json.end_array().end_object();
  return text;
}

void write_a_video(benchmark::State& state) {
  size_t size = 0;
  for (auto _ : state) size = video_json().size();
  MR_ASSERT(parse_json(video_json()).has_value());
  state.SetBytesProcessed(static_cast<int64_t>(size) * state.iterations());
}
BENCHMARK(write_a_video);

void parse_a_video(benchmark::State& state) {
  const std::string text = video_json();
  MR_ASSERT(parse_json(text)->find("formats")->as_array()->size() == 9);
  for (auto _ : state) benchmark::DoNotOptimize(parse_json(text));
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}
BENCHMARK(parse_a_video);

}  // namespace
}  // namespace millrace::core
