#include "media/vod/bandwidth.h"

#include "media/vod/segmenting.h"

namespace millrace::media::vod {
namespace {

__extension__ using Wide = unsigned __int128;

uint64_t bits_per_second(uint64_t size, uint64_t duration, uint32_t timescale) {
  if (duration == 0) return 0;
  return static_cast<uint64_t>((Wide{size} * 8 * timescale + duration - 1) / duration);
}

}  // namespace

BitRates measure(std::span<const SizedDuration> media, uint32_t timescale,
                 uint32_t target_duration_s) {
  const uint64_t target = uint64_t{target_duration_s} * timescale;
  const uint64_t shortest = target / 2;
  const uint64_t longest = target + target / 2 + timescale / 2;
  BitRates rates;
  uint64_t total_size = 0;
  uint64_t total_duration = 0;
  for (size_t begin = 0; begin < media.size(); ++begin) {
    total_size += media[begin].size;
    total_duration += media[begin].duration;
    uint64_t size = 0;
    uint64_t duration = 0;
    for (size_t end = begin; end < media.size(); ++end) {
      size += media[end].size;
      duration += media[end].duration;
      if (duration > longest) break;
      if (duration < shortest) continue;
      rates.peak_bps = std::max(rates.peak_bps, bits_per_second(size, duration, timescale));
    }
  }
  rates.average_bps = bits_per_second(total_size, total_duration, timescale);
  rates.peak_bps = std::max(rates.peak_bps, rates.average_bps);
  return rates;
}

BitRates bit_rates(const Rendition& rendition, uint32_t segment_s, uint32_t target_duration_s) {
  const track::TrackIndex& index = rendition.index;
  std::vector<SizedDuration> media;
  for (const Segment& segment : cut_segments(index, segment_s)) {
    media.push_back({.size = index[segment.last].end_offset() - index[segment.first].offset,
                     .duration = segment.duration});
  }
  BitRates rates = measure(media, index.format().timescale, target_duration_s);
  if (index.finished()) return rates;
  rates.peak_bps = std::max(rates.peak_bps, rendition.declared_peak_bps);
  if (rendition.declared_average_bps > 0) rates.average_bps = rendition.declared_average_bps;
  rates.peak_bps = std::max(rates.peak_bps, rates.average_bps);
  return rates;
}

BitRates i_frame_bit_rates(const Rendition& rendition, uint32_t target_duration_s) {
  const track::TrackIndex& index = rendition.index;
  std::vector<SizedDuration> media;
  media.reserve(index.size());
  for (size_t i = 0; i < index.size(); ++i) {
    media.push_back({.size = uint64_t{index[i].head_size} + index[i].first_sample_size,
                     .duration = index[i].duration});
  }
  return measure(media, index.format().timescale, target_duration_s);
}

}  // namespace millrace::media::vod
