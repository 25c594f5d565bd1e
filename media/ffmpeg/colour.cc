#include "media/ffmpeg/colour.h"

namespace millrace::media::ffmpeg {
namespace {

constexpr fmp4::Colour kBt709{.primaries = 1, .transfer = 1, .matrix = 1};
constexpr fmp4::Colour kBt601{.primaries = 6, .transfer = 6, .matrix = 6};
// At and above this many lines untagged video is high definition: what players assume.
constexpr int kHighDefinitionLines = 720;

bool is_rgb(AVPixelFormat pixels) noexcept {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(pixels);
  return format != nullptr && (format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

bool is_hdr(const SourceColour& colour) noexcept {
  return colour.transfer == AVCOL_TRC_SMPTE2084 || colour.transfer == AVCOL_TRC_ARIB_STD_B67;
}

bool is_full_range(const SourceColour& colour) noexcept {
  return colour.range == AVCOL_RANGE_JPEG || colour.pixels == AV_PIX_FMT_YUVJ420P ||
         colour.pixels == AV_PIX_FMT_YUVJ422P || colour.pixels == AV_PIX_FMT_YUVJ444P;
}

const char* transfer_name(const SourceColour& colour) noexcept {
  if (colour.transfer == AVCOL_TRC_SMPTE2084) return "smpte2084";
  if (colour.transfer == AVCOL_TRC_ARIB_STD_B67) return "arib-std-b67";
  return "bt709";
}

/// Through linear light, resized first: the rest costs by the pixel.
std::string wide_filters(const SourceColour& source, const PictureSize& size) {
  const std::string opening =
      fmt::format("zscale=w={}:h={}:f=bicubic:tin={}:pin={}:min={}:rin={}", size.width, size.height,
                  transfer_name(source), source.primaries == AVCOL_PRI_BT709 ? "bt709" : "bt2020",
                  source.matrix == AVCOL_SPC_BT709 ? "bt709" : "bt2020nc",
                  is_full_range(source) ? "full" : "limited");
  if (!is_hdr(source)) {
    return opening + ":t=bt709:p=bt709:m=bt709:r=limited,format=yuv420p";
  }
  return opening +
         ":t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
         "zscale=t=bt709:m=bt709:r=limited,format=yuv420p";
}

}  // namespace

SourceColour SourceColour::of(const AVFrame& frame) noexcept {
  return {.pixels = static_cast<AVPixelFormat>(frame.format),
          .matrix = frame.colorspace,
          .transfer = frame.color_trc,
          .primaries = frame.color_primaries,
          .range = frame.color_range};
}

bool is_wide(const SourceColour& colour) noexcept {
  return is_hdr(colour) || (colour.primaries == AVCOL_PRI_BT2020 && !is_rgb(colour.pixels));
}

fmp4::Colour output_colour(const SourceColour& source, const PictureSize& size) noexcept {
  if (is_wide(source) || is_rgb(source.pixels)) return kBt709;
  switch (source.matrix) {
    case AVCOL_SPC_BT709:
      return kBt709;
    case AVCOL_SPC_BT470BG:
      return {.primaries = 5, .transfer = 6, .matrix = 5};
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_FCC:
      return kBt601;
    default:
      return size.height >= kHighDefinitionLines || size.width >= 1280 ? kBt709 : kBt601;
  }
}

std::string conversion_filters(const SourceColour& source, const PictureSize& size) {
  if (is_wide(source)) return wide_filters(source, size);
  std::string scale =
      fmt::format("scale=w={}:h={}:flags=bicubic:out_range=tv", size.width, size.height);
  if (is_rgb(source.pixels)) scale += ":out_color_matrix=bt709";
  return scale + ",format=yuv420p";
}

}  // namespace millrace::media::ffmpeg
