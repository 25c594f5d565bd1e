// What a fragment costs on its way through the server, and what a download's header costs.
#include <benchmark/benchmark.h>

#include <vector>

#include "core/assert.h"
#include "media/fmp4/fragment.h"
#include "media/fmp4/progressive.h"

namespace millrace::media::fmp4 {
namespace {

/// Two seconds of pictures with B-frames.
std::vector<Sample> two_seconds() {
  std::vector<Sample> samples(60, {.duration = 512, .size = 5000});
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i].size += static_cast<uint32_t>(i * 7 % 100);
    samples[i].composition_offset = i % 3 == 0 ? 0 : (i % 3 == 1 ? 1024 : -512);
  }
  samples[0].key = true;
  return samples;
}

void write_a_fragment_head(benchmark::State& state) {
  const auto samples = two_seconds();
  std::vector<std::byte> head;
  for (auto _ : state) {
    head.clear();
    append_fragment_head(head, {.sequence = 1, .decode_time = 1u << 20}, samples);
    benchmark::DoNotOptimize(head.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(head.size()) * state.iterations());
}
BENCHMARK(write_a_fragment_head);

void parse_a_fragment(benchmark::State& state) {
  const auto samples = two_seconds();
  std::vector<std::byte> bytes;
  append_fragment_head(bytes, {.sequence = 1, .decode_time = 1u << 20}, samples);
  const size_t head_size = bytes.size();
  for (const Sample& sample : samples) bytes.resize(bytes.size() + sample.size);
  MR_ASSERT(parse_fragment(bytes)->samples == samples);
  for (auto _ : state) benchmark::DoNotOptimize(parse_fragment(bytes));
  state.SetBytesProcessed(static_cast<int64_t>(head_size) * state.iterations());
}
BENCHMARK(parse_a_fragment);

void lay_out_a_download_of_two_hours(benchmark::State& state) {
  const TrackFormat format{.codec = Codec::kH264,
                           .timescale = 15'360,
                           .width = 1280,
                           .height = 720,
                           .decoder_config = std::vector<std::byte>(40)};
  Fragment fragment{.duration = 30'720, .samples = two_seconds()};
  SampleTable table;
  for (size_t i = 0; i < 3600; ++i) {
    fragment.decode_time = table.duration();
    MR_ASSERT(table.append(fragment, i * 400'000));
  }
  const ProgressiveTrack track{.format = format, .samples = table};
  MR_ASSERT(lay_out_progressive({&track, 1})->slices.size() == 3600);
  for (auto _ : state) benchmark::DoNotOptimize(lay_out_progressive({&track, 1}));
}
BENCHMARK(lay_out_a_download_of_two_hours)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace millrace::media::fmp4
