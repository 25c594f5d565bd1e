#include "media/vod/formats.h"

#include <array>
#include <charconv>
#include <numeric>

#include "media/fmp4/codec_string.h"
#include "media/vod/bandwidth.h"
#include "media/vod/segmenting.h"

namespace millrace::media::vod {
namespace {

using fmp4::Codec;

struct VideoItag {
  Codec codec;
  uint32_t lines;
  uint32_t itag;
};

constexpr std::array<VideoItag, 18> kVideoItags{{
    {Codec::kH264, 144, 160},
    {Codec::kH264, 240, 133},
    {Codec::kH264, 360, 134},
    {Codec::kH264, 480, 135},
    {Codec::kH264, 720, 136},
    {Codec::kH264, 1080, 137},
    {Codec::kVp9, 240, 242},
    {Codec::kVp9, 360, 243},
    {Codec::kVp9, 480, 244},
    {Codec::kVp9, 720, 247},
    {Codec::kVp9, 1080, 248},
    {Codec::kAv1, 144, 394},
    {Codec::kAv1, 240, 395},
    {Codec::kAv1, 360, 396},
    {Codec::kAv1, 480, 397},
    {Codec::kAv1, 720, 398},
    {Codec::kAv1, 1080, 399},
    {Codec::kVp9, 144, 278},
}};

struct MuxedItag {
  uint32_t lines;
  uint32_t itag;
};

constexpr std::array<MuxedItag, 3> kMuxedItags{{{360, 18}, {720, 22}, {1080, 37}}};

struct AudioItags {
  Codec codec;
  std::array<uint32_t, 3> itags;    ///< Low, middle, high.
  uint32_t middle_kbps, high_kbps;  ///< Where each begins.
};

// YouTube's are 48, 128 and 256 kbit/s of AAC, about 50, 70 and 160 of Opus.
constexpr std::array<AudioItags, 2> kAudioItags{{
    {Codec::kAac, {139, 140, 141}, 96, 192},
    {Codec::kOpus, {249, 250, 251}, 60, 100},
}};

// "720p-vp9" is 720, "audio-128k" is 128.
uint32_t number_in(std::string_view quality) {
  const size_t begin = std::min(quality.find_first_of("0123456789"), quality.size());
  uint32_t number = 0;
  std::from_chars(quality.data() + begin, quality.data() + quality.size(), number);
  return number;
}

uint32_t muxed_itag_of(const Rendition& video) {
  const auto found = std::ranges::find(kMuxedItags, number_in(video.quality), &MuxedItag::lines);
  return found == kMuxedItags.end() ? 0 : found->itag;
}

Format format_of(const Presentation& presentation, size_t at) {
  const Rendition& rendition = presentation.renditions[at];
  const track::TrackIndex& index = rendition.index;
  const fmp4::TrackFormat& track = index.format();
  const BitRates rates = bit_rates(rendition, kSegmentSecondsDefault,
                                   target_duration_s(presentation, kSegmentSecondsDefault));
  Format format{.itag = itag_of(rendition),
                .kind = rendition.is_video() ? FormatKind::kVideo : FormatKind::kAudio,
                .quality = rendition.quality,
                .codecs = fmp4::rfc6381_codec(track),
                .peak_bps = rates.peak_bps,
                .average_bps = rates.average_bps,
                .media_size = index.media_size(),
                .finished = index.finished()};
  if (!rendition.is_video()) {
    format.audio = at;
    return format;
  }
  format.video = at;
  format.width = track.width;
  format.height = track.height;
  if (track.frame_duration > 0) {
    const uint32_t common = std::gcd(track.timescale, track.frame_duration);
    format.frame_rate_num = track.timescale / common;
    format.frame_rate_den = track.frame_duration / common;
  }
  return format;
}

Format muxed(const Format& video, const Format& audio, uint32_t itag) {
  Format both = video;
  both.itag = itag;
  both.kind = FormatKind::kMuxed;
  both.codecs += "," + audio.codecs;
  both.audio = audio.audio;
  both.peak_bps += audio.peak_bps;
  both.average_bps += audio.average_bps;
  both.media_size += audio.media_size;
  both.finished = video.finished && audio.finished;
  return both;
}

// Two renditions may fall on one number (two bit rates of sound): the better one keeps it.
void drop_repeated_itags(std::vector<Format>& formats) {
  for (size_t i = 0; i < formats.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (formats[j].itag == formats[i].itag) formats[i].itag = 0;
    }
  }
}

}  // namespace

uint32_t itag_of(const Rendition& rendition) {
  const Codec codec = rendition.index.format().codec;
  const uint32_t number = number_in(rendition.quality);
  if (rendition.is_video()) {
    const auto found = std::ranges::find_if(kVideoItags, [&](const VideoItag& each) {
      return each.codec == codec && each.lines == number;
    });
    return found == kVideoItags.end() ? 0 : found->itag;
  }
  const auto found = std::ranges::find(kAudioItags, codec, &AudioItags::codec);
  if (found == kAudioItags.end()) return 0;
  return found->itags[number >= found->high_kbps ? 2 : number >= found->middle_kbps ? 1 : 0];
}

std::vector<Format> formats_of(const Presentation& presentation) {
  std::vector<Format> videos, sounds, formats;
  for (size_t i = 0; i < presentation.renditions.size(); ++i) {
    if (presentation.renditions[i].index.empty()) continue;
    Format format = format_of(presentation, i);
    (format.kind == FormatKind::kVideo ? videos : sounds).push_back(std::move(format));
  }
  std::ranges::sort(videos, std::greater{}, &Format::average_bps);
  std::ranges::sort(sounds, std::greater{}, &Format::average_bps);
  const auto is_aac = [&](const Format& sound) {
    return presentation.renditions[*sound.audio].index.format().codec == Codec::kAac;
  };
  const auto best_aac = std::ranges::find_if(sounds, is_aac);
  for (const Format& video : videos) {
    const Rendition& rendition = presentation.renditions[*video.video];
    const uint32_t itag = muxed_itag_of(rendition);
    const bool h264 = rendition.index.format().codec == Codec::kH264;
    if (itag == 0 || !h264 || best_aac == sounds.end()) continue;
    formats.push_back(muxed(video, *best_aac, itag));
  }
  formats.insert(formats.end(), videos.begin(), videos.end());
  formats.insert(formats.end(), sounds.begin(), sounds.end());
  drop_repeated_itags(formats);
  return formats;
}

}  // namespace millrace::media::vod
