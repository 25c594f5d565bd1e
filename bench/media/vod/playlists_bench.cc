// Playlists of a two-hour film with eight renditions: what a first request costs before any cache.
#include <benchmark/benchmark.h>

#include "core/assert.h"
#include "media/track/track_builder.h"
#include "media/vod/playlists.h"

namespace millrace::media::vod {
namespace {

track::TrackIndex film(uint32_t height) {
  const fmp4::TrackFormat format{
      .codec = fmp4::Codec::kH264,
      .timescale = 15'360,
      .width = height * 16 / 9,
      .height = height,
      .frame_duration = 512,
      .decoder_config = {std::byte{1}, std::byte{0x64}, std::byte{0}, std::byte{0x1f},
                         std::byte{0xff}, std::byte{0xe1}, std::byte{0}, std::byte{4},
                         std::byte{0x67}, std::byte{0x64}, std::byte{0}, std::byte{0x1f}}};
  auto builder = *track::TrackBuilder::create(format, 3600);
  fmp4::Fragment fragment{.duration = 30'720,
                          .head_size = 600,
                          .key = true,
                          .samples = {{.duration = 30'720, .size = 1000, .key = true}}};
  for (uint32_t i = 0; i < 3600; ++i) {
    MR_ASSERT(builder.append(fragment, 100'000 + i * 7919 % 50'000));
    fragment.decode_time += fragment.duration;
  }
  MR_ASSERT(builder.finish());
  return builder.snapshot();
}

Presentation presentation() {
  Presentation all{.id = "dQw4w9WgXcQ", .renditions = {}};
  for (const uint32_t height : {1080u, 720u, 480u, 360u, 240u, 1440u, 2160u, 144u}) {
    all.renditions.push_back({fmt::format("{}p", height), film(height)});
  }
  return all;
}

void render_a_multivariant_playlist(benchmark::State& state) {
  const auto all = presentation();
  MR_ASSERT(multivariant_playlist(all, {}, 6));
  for (auto _ : state) benchmark::DoNotOptimize(multivariant_playlist(all, {}, 6));
}
BENCHMARK(render_a_multivariant_playlist)->Unit(benchmark::kMicrosecond);

void render_a_media_playlist(benchmark::State& state) {
  const auto all = presentation();
  size_t size = 0;
  for (auto _ : state) size = media_playlist(all, {.quality = "720p", .segment_s = 6})->size();
  MR_ASSERT(size > 1200 * 20);
  state.SetBytesProcessed(static_cast<int64_t>(size) * state.iterations());
}
BENCHMARK(render_a_media_playlist)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace millrace::media::vod
