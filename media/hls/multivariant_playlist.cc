#include "media/hls/multivariant_playlist.h"

#include <algorithm>

#include <fmt/format.h>

#include "media/hls/attribute_list.h"

namespace millrace::media::hls {
namespace {

std::string_view name_of(VideoRange range) {
  switch (range) {
    case VideoRange::kSdr:
      return "SDR";
    case VideoRange::kHlg:
      return "HLG";
    case VideoRange::kPq:
      return "PQ";
  }
  return "SDR";
}

// Three decimals, rounded: 30000/1001 is 29.970.
std::string to_decimal(const FrameRate& rate) {
  const uint64_t den = std::max<uint64_t>(rate.den, 1);
  const uint64_t thousandths = (rate.num * 1000 + den / 2) / den;
  return fmt::format("{}.{:03}", thousandths / 1000, thousandths % 1000);
}

std::string to_text(const Resolution& resolution) {
  return fmt::format("{}x{}", resolution.width, resolution.height);
}

void append_audio(std::string& out, const AudioRendition& audio) {
  AttributeList tag(out, "#EXT-X-MEDIA");
  tag.plain("TYPE", "AUDIO").quoted("GROUP-ID", audio.group).quoted("NAME", audio.name);
  tag.quoted("LANGUAGE", audio.language);
  // DEFAULT=YES requires AUTOSELECT=YES (4.4.6.1).
  tag.plain("DEFAULT", audio.is_default ? "YES" : "NO").plain("AUTOSELECT", "YES");
  tag.quoted("CHANNELS", fmt::format("{}", audio.channels)).quoted("URI", audio.uri);
}

void append_variant(std::string& out, const Variant& variant, bool say_range) {
  {
    AttributeList tag(out, "#EXT-X-STREAM-INF");
    tag.number("BANDWIDTH", variant.bandwidth_bps);
    tag.number("AVERAGE-BANDWIDTH", variant.average_bandwidth_bps);
    tag.quoted("CODECS", variant.codecs);
    if (variant.resolution) tag.plain("RESOLUTION", to_text(*variant.resolution));
    if (variant.frame_rate) tag.plain("FRAME-RATE", to_decimal(*variant.frame_rate));
    if (say_range && variant.resolution) tag.plain("VIDEO-RANGE", name_of(variant.video_range));
    tag.quoted("AUDIO", variant.audio_group);
    tag.plain("CLOSED-CAPTIONS", "NONE");
  }
  out += variant.uri;
  out += '\n';
}

void append_i_frames(std::string& out, const IFrameVariant& variant, bool say_range) {
  AttributeList tag(out, "#EXT-X-I-FRAME-STREAM-INF");
  tag.number("BANDWIDTH", variant.bandwidth_bps);
  tag.number("AVERAGE-BANDWIDTH", variant.average_bandwidth_bps);
  tag.quoted("CODECS", variant.codecs);
  if (variant.resolution) tag.plain("RESOLUTION", to_text(*variant.resolution));
  if (say_range) tag.plain("VIDEO-RANGE", name_of(variant.video_range));
  tag.quoted("URI", variant.uri);
}

}  // namespace

VideoRange video_range_of(uint8_t transfer) noexcept {
  if (transfer == 16) return VideoRange::kPq;
  return transfer == 18 ? VideoRange::kHlg : VideoRange::kSdr;
}

std::string render(const MultivariantPlaylist& playlist) {
  const bool say_range = std::ranges::any_of(
      playlist.variants, [](const Variant& v) { return v.video_range != VideoRange::kSdr; });
  std::string out = "#EXTM3U\n";
  if (playlist.independent_segments) out += "#EXT-X-INDEPENDENT-SEGMENTS\n";
  for (const AudioRendition& audio : playlist.audio) append_audio(out, audio);
  for (const Variant& variant : playlist.variants) append_variant(out, variant, say_range);
  for (const IFrameVariant& variant : playlist.i_frames) append_i_frames(out, variant, say_range);
  return out;
}

}  // namespace millrace::media::hls
