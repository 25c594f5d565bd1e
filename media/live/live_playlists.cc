#include "media/live/live_playlists.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "media/fmp4/codec_string.h"
#include "media/hls/multivariant_playlist.h"

namespace millrace::media::live {
namespace {

// What a first-time viewer starts with: the best variant up to here (MV-10: about 2000 kb/s).
constexpr uint64_t kStartBandwidthBps = 2'000'000;
// How far the peak of a rendition is above its average, where nobody says (MV-01).
constexpr double kPeakOfAverage = 1.25;

__extension__ using Wide = unsigned __int128;

struct BitRates {
  uint64_t peak_bps;
  uint64_t average_bps;
};

uint64_t measured_bps(const Listed& listed) {
  uint64_t bytes = 0;
  uint64_t ticks = 0;
  const auto add = [&](const Segment& segment) {
    if (segment.text.gap) return;
    bytes += segment.size;
    ticks += segment.text.duration;
  };
  for (const auto& segment : listed.window->segments) add(*segment);
  if (listed.window->open != nullptr) add(*listed.window->open);
  if (ticks == 0) return 1;
  return static_cast<uint64_t>(Wide{bytes} * 8 * listed.window->timescale / ticks) + 1;
}

BitRates rates_of(const Listed& listed) {
  const RenditionFacts& facts = *listed.facts;
  const uint64_t average = facts.average_bps > 0 ? facts.average_bps : measured_bps(listed);
  const auto peak = static_cast<uint64_t>(static_cast<double>(average) * kPeakOfAverage);
  return {.peak_bps = std::max(facts.peak_bps > 0 ? facts.peak_bps : peak, average),
          .average_bps = average};
}

std::vector<hls::RenditionReport> reports_on(const std::vector<Listed>& all, size_t except) {
  std::vector<hls::RenditionReport> reports;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i == except || all[i].window->is_empty()) continue;
    const Progress now = all[i].window->progress();
    hls::RenditionReport report{.uri = all[i].facts->quality + ".m3u8"};
    if (now.part_count > 0) {
      report.last_msn = now.msn;
      report.last_part = now.part_count - 1;
    } else {
      report.last_msn = now.msn - 1;
      report.last_part = now.last_part_count > 0 ? now.last_part_count - 1 : 0;
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

hls::LivePlaylist playlist_of(const Listed& listed, const SharedTags& tags) {
  const WindowState& window = *listed.window;
  hls::LivePlaylist playlist{.timings = tags.timings,
                             .timescale = window.timescale,
                             .folder = listed.facts->quality + "/",
                             .discontinuity_sequence = window.discontinuity_sequence,
                             .open = window.open == nullptr ? nullptr : &window.open->text,
                             .media_sequence = window.media_sequence(),
                             .next_part = window.next_part,
                             .date_ranges = tags.date_ranges,
                             .ended = window.ended};
  playlist.segments.reserve(window.segments.size() - window.listed_from);
  for (size_t i = window.listed_from; i < window.segments.size(); ++i) {
    playlist.segments.push_back(&window.segments[i]->text);
  }
  return playlist;
}

/// A variant, and what it shares with the others.
hls::Variant variant_of(std::string_view stream, const Listed& listed) {
  const fmp4::TrackFormat& format = listed.facts->format;
  const BitRates rates = rates_of(listed);
  hls::Variant variant{.uri = fmt::format("{}/{}.m3u8", stream, listed.facts->quality),
                       .bandwidth_bps = rates.peak_bps,
                       .average_bandwidth_bps = rates.average_bps,
                       .codecs = fmp4::rfc6381_codec(format)};
  if (!listed.facts->is_video()) return variant;
  variant.resolution = hls::Resolution{format.width, format.height};
  variant.video_range = hls::video_range_of(format.colour.transfer);
  if (format.frame_duration > 0) {
    variant.frame_rate = hls::FrameRate{format.timescale, format.frame_duration};
  }
  return variant;
}

constexpr std::string_view kAudioGroup = "audio";

void add_sound(hls::MultivariantPlaylist& playlist, std::string_view stream, const Listed& sound) {
  const bool is_first = playlist.audio.empty();
  const BitRates rates = rates_of(sound);
  const std::string codec = fmp4::rfc6381_codec(sound.facts->format);
  playlist.audio.push_back({.group = std::string(kAudioGroup),
                            .name = is_first ? "default" : sound.facts->quality,
                            .uri = fmt::format("{}/{}.m3u8", stream, sound.facts->quality),
                            .language = sound.facts->language,
                            .channels = sound.facts->format.channels,
                            .is_default = is_first});
  for (hls::Variant& variant : playlist.variants) {
    variant.audio_group = kAudioGroup;
    if (variant.codecs.find(codec) == std::string::npos) variant.codecs += "," + codec;
    // With the most demanding sound of the group, whichever a viewer takes (MV-01).
    if (!is_first) continue;
    variant.bandwidth_bps += rates.peak_bps;
    variant.average_bandwidth_bps += rates.average_bps;
  }
}

// Best first, but for the one to start with.
void put_in_order(std::vector<hls::Variant>& variants) {
  std::ranges::sort(variants, std::greater{}, &hls::Variant::bandwidth_bps);
  auto start = std::ranges::find_if(
      variants, [](const hls::Variant& v) { return v.bandwidth_bps <= kStartBandwidthBps; });
  if (start == variants.end()) start = variants.end() - 1;
  std::rotate(variants.begin(), start, start + 1);
}

}  // namespace

core::Snapshot<RenditionState> render_rendition(const std::vector<Listed>& all, size_t index,
                                                const SharedTags& tags) {
  const Listed& listed = all[index];
  auto state = std::make_shared<RenditionState>();
  state->quality = listed.facts->quality;
  state->is_video = listed.facts->is_video();
  state->media_type = state->is_video ? "video/mp4" : "audio/mp4";
  state->average_bps = rates_of(listed).average_bps;
  state->window = listed.window;
  if (listed.window->is_empty()) return state;
  hls::LivePlaylist playlist = playlist_of(listed, tags);
  playlist.reports = reports_on(all, index);
  state->full = make_playlist_text(hls::render(playlist));
  const size_t skipped = hls::skippable_segments(playlist);
  if (skipped == 0) return state;
  state->delta = make_playlist_text(hls::render_delta(playlist, {.segments = skipped}));
  state->delta_date_ranges = make_playlist_text(
      hls::render_delta(playlist, {.segments = skipped, .date_ranges = tags.skipped_date_ranges}));
  return state;
}

std::string render_live_multivariant(std::string_view stream, const std::vector<Listed>& all) {
  std::vector<Listed> sounds;
  hls::MultivariantPlaylist playlist;
  for (const Listed& listed : all) {
    if (listed.window->is_empty()) continue;
    if (listed.facts->is_video()) {
      playlist.variants.push_back(variant_of(stream, listed));
    } else {
      sounds.push_back(listed);
    }
  }
  const bool has_pictures = !playlist.variants.empty();
  if (has_pictures) {
    std::ranges::sort(sounds, std::greater{},
                      [](const Listed& sound) { return rates_of(sound).peak_bps; });
  }
  for (const Listed& sound : sounds) {
    if (has_pictures) {
      add_sound(playlist, stream, sound);
    } else {
      playlist.variants.push_back(variant_of(stream, sound));
    }
  }
  if (playlist.variants.empty()) return {};
  put_in_order(playlist.variants);
  return hls::render(playlist);
}

}  // namespace millrace::media::live
