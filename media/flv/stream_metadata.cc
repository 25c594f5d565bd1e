#include "media/flv/stream_metadata.h"

#include <cmath>
#include <string_view>
#include <vector>

#include "core/utf8.h"
#include "media/flv/amf0.h"

namespace millrace::media::flv {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr size_t kEncoderSizeMax = 128;
constexpr double kBitsPerKilobit = 1000;
// Above, it is no width, rate or frequency of anything: 1 Tbit/s.
constexpr double kNumberMax = 1e12;

double number_of(const AmfValue& object, std::string_view name) noexcept {
  const AmfValue* value = object.find(name);
  if (value == nullptr || value->kind != AmfKind::kNumber) return 0;
  const bool is_credible =
      std::isfinite(value->number) && value->number > 0 && value->number <= kNumberMax;
  return is_credible ? value->number : 0;
}

// Flash Media Live Encoder's `framerate`; others copied the old `videoframerate`, too.
double frame_rate_of(const AmfValue& object) noexcept {
  const double rate = number_of(object, "framerate");
  return rate > 0 ? rate : number_of(object, "videoframerate");
}

}  // namespace

Result<StreamMetadata> parse_metadata(std::span<const std::byte> body) {
  const auto values = read_amf0(body);
  if (!values) return std::unexpected(values.error());
  auto value = values->begin();
  if (value != values->end() && value->text == "@setDataFrame") ++value;
  if (values->end() - value < 2 || value->text != "onMetaData") {
    return fail(ErrorCode::kNotFound, "flv: no onMetaData");
  }
  const AmfValue& object = value[1];
  StreamMetadata metadata{
      .width = number_of(object, "width"),
      .height = number_of(object, "height"),
      .frame_rate_fps = frame_rate_of(object),
      .video_bitrate_bps = number_of(object, "videodatarate") * kBitsPerKilobit,
      .audio_bitrate_bps = number_of(object, "audiodatarate") * kBitsPerKilobit,
      .audio_sample_rate_hz = number_of(object, "audiosamplerate"),
      .encoder = {},
  };
  const std::string_view encoder = object.text_of("encoder");
  if (encoder.size() <= kEncoderSizeMax && core::is_printable_utf8(encoder)) {
    metadata.encoder = encoder;
  }
  return metadata;
}

}  // namespace millrace::media::flv
