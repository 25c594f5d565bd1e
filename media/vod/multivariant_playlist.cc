#include "media/hls/multivariant_playlist.h"

#include <optional>

#include <fmt/format.h>

#include "media/fmp4/codec_string.h"
#include "media/vod/bandwidth.h"
#include "media/vod/playlists.h"
#include "media/vod/segmenting.h"

namespace millrace::media::vod {
namespace {

using core::ErrorCode;
using core::fail;
using fmp4::Codec;

// What a first-time viewer starts with: the best variant up to here (MV-10: about 2000 kb/s).
constexpr uint64_t kStartBandwidthBps = 2'000'000;

// Below, the sound of a picture this small is not worth the bytes of the best rendition.
constexpr uint32_t kFullSoundShorterSide = 480;

/// A rendition that has something to play, with its rates.
struct Playable {
  const Rendition* rendition;
  BitRates rates;

  const fmp4::TrackFormat& format() const { return rendition->index.format(); }
};

std::vector<Playable> playable(const Presentation& presentation, uint32_t segment_s) {
  const uint32_t target_s = target_duration_s(presentation, segment_s);
  std::vector<Playable> found;
  for (const Rendition& rendition : presentation.renditions) {
    if (cut_segments(rendition.index, segment_s).empty()) continue;
    found.push_back({&rendition, bit_rates(rendition, segment_s, target_s)});
  }
  return found;
}

std::vector<Playable> of_kind(const std::vector<Playable>& all, fmp4::MediaKind kind,
                              const VariantFilter& filter) {
  std::vector<Playable> found;
  for (const Playable& each : all) {
    if (each.format().kind() == kind && filter.allows(each.format().codec)) found.push_back(each);
  }
  return found;
}

// Opus belongs to VP9 and AV1, AAC to the others; what is there is better than silence.
std::optional<Playable> sound_for(const Playable& video, const std::vector<Playable>& sounds) {
  const Codec codec = video.format().codec;
  const Codec wanted = codec == Codec::kVp9 || codec == Codec::kAv1 ? Codec::kOpus : Codec::kAac;
  const bool small = std::min(video.format().width, video.format().height) < kFullSoundShorterSide;
  const auto rank = [&](const Playable& sound) {
    const auto bps = static_cast<int64_t>(sound.rates.average_bps);
    return std::pair(sound.format().codec == wanted ? 0 : 1, small ? bps : -bps);
  };
  const auto best = std::ranges::min_element(sounds, {}, rank);
  return best == sounds.end() ? std::nullopt : std::optional(*best);
}

std::string address(const Presentation& presentation, const Rendition& rendition,
                    uint32_t segment_s) {
  return fmt::format("{}/{}.m3u8?segment={}", presentation.id, rendition.quality, segment_s);
}

hls::Variant variant_of(const Presentation& presentation, const Playable& picture,
                        const std::optional<Playable>& sound, uint32_t segment_s) {
  const fmp4::TrackFormat& format = picture.format();
  hls::Variant variant{.uri = address(presentation, *picture.rendition, segment_s),
                       .bandwidth_bps = picture.rates.peak_bps,
                       .average_bandwidth_bps = picture.rates.average_bps,
                       .codecs = fmp4::rfc6381_codec(format)};
  if (format.kind() == fmp4::MediaKind::kVideo) {
    variant.resolution = hls::Resolution{format.width, format.height};
    variant.video_range = hls::video_range_of(format.colour.transfer);
    if (format.frame_duration > 0) {
      variant.frame_rate = hls::FrameRate{format.timescale, format.frame_duration};
    }
  }
  if (sound) {
    variant.bandwidth_bps += sound->rates.peak_bps;
    variant.average_bandwidth_bps += sound->rates.average_bps;
    variant.codecs += "," + fmp4::rfc6381_codec(sound->format());
    variant.audio_group = sound->rendition->quality;
  }
  return variant;
}

// One group a rendition of sound: members of one group are what a viewer chooses between
// (languages), and players do not adapt within one. So a variant names the group that suits it.
void add_sound(hls::MultivariantPlaylist& playlist, const Presentation& presentation,
               const Playable& sound, uint32_t segment_s) {
  const std::string& group = sound.rendition->quality;
  if (std::ranges::find(playlist.audio, group, &hls::AudioRendition::group) !=
      playlist.audio.end()) {
    return;
  }
  playlist.audio.push_back({.group = group,
                            .name = "default",
                            .uri = address(presentation, *sound.rendition, segment_s),
                            .language = {},
                            .channels = sound.format().channels,
                            .is_default = true});
}

bool within(const hls::Variant& variant, const VariantFilter& filter) {
  const auto size = variant.resolution.value_or(hls::Resolution{});
  return size.width <= filter.max_width.value_or(UINT32_MAX) &&
         size.height <= filter.max_height.value_or(UINT32_MAX) &&
         variant.bandwidth_bps <= filter.max_bitrate_bps.value_or(UINT64_MAX);
}

// Best first, but for the one to start with.
void put_in_order(std::vector<hls::Variant>& variants) {
  std::ranges::sort(variants, std::greater{}, &hls::Variant::bandwidth_bps);
  auto start = std::ranges::find_if(
      variants, [](const hls::Variant& v) { return v.bandwidth_bps <= kStartBandwidthBps; });
  if (start == variants.end()) start = variants.end() - 1;
  std::rotate(variants.begin(), start, start + 1);
}

void add_i_frames(hls::MultivariantPlaylist& playlist, const Presentation& presentation,
                  const Playable& video) {
  if (!video.rendition->index.finished()) return;
  const BitRates rates =
      i_frame_bit_rates(*video.rendition, target_duration_s(presentation, kSegmentSecondsDefault));
  const fmp4::TrackFormat& format = video.format();
  playlist.i_frames.push_back(
      {.uri = fmt::format("{}/{}/iframes.m3u8", presentation.id, video.rendition->quality),
       .bandwidth_bps = rates.peak_bps,
       .average_bandwidth_bps = rates.average_bps,
       .codecs = fmp4::rfc6381_codec(format),
       .resolution = hls::Resolution{format.width, format.height},
       .video_range = hls::video_range_of(format.colour.transfer)});
}

}  // namespace

core::Result<std::string> multivariant_playlist(const Presentation& presentation,
                                                const VariantFilter& filter, uint32_t segment_s) {
  const auto all = playable(presentation, segment_s);
  if (all.empty()) return fail(ErrorCode::kConflict, "no segment is ready yet");
  const auto sounds = of_kind(all, fmp4::MediaKind::kAudio, filter);
  const auto videos = of_kind(all, fmp4::MediaKind::kVideo, filter);
  const auto any = [&](fmp4::MediaKind kind) {
    return std::ranges::any_of(
        all, [kind](const Playable& each) { return each.format().kind() == kind; });
  };
  // What the video has must not be lost to a filter: pictures without their sound are no answer.
  if ((videos.empty() && any(fmp4::MediaKind::kVideo)) ||
      (sounds.empty() && any(fmp4::MediaKind::kAudio))) {
    return fail(ErrorCode::kNotFound, "no rendition has these codecs");
  }

  struct Choice {
    hls::Variant variant;
    Playable main;
    std::optional<Playable> sound;
  };
  std::vector<Choice> choices;
  for (const Playable& main : videos.empty() ? sounds : videos) {
    const auto sound = videos.empty() ? std::nullopt : sound_for(main, sounds);
    choices.push_back({variant_of(presentation, main, sound, segment_s), main, sound});
  }
  const auto least = *std::ranges::min_element(
      choices, {}, [](const Choice& c) { return c.variant.bandwidth_bps; });
  std::erase_if(choices, [&](const Choice& c) { return !within(c.variant, filter); });
  if (choices.empty()) choices.push_back(least);

  hls::MultivariantPlaylist playlist{.independent_segments = true};
  for (const Choice& choice : choices) {
    playlist.variants.push_back(choice.variant);
    if (choice.sound) add_sound(playlist, presentation, *choice.sound, segment_s);
    if (choice.main.rendition->is_video()) add_i_frames(playlist, presentation, choice.main);
  }
  put_in_order(playlist.variants);
  return hls::render(playlist);
}

}  // namespace millrace::media::vod
