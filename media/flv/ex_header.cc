#include "media/flv/ex_header.h"

namespace millrace::media::flv {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using fmp4::ByteReader;

constexpr uint8_t kModExTimestampOffset = 0;
constexpr uint32_t kNanosecondsMax = 999'999;  // More would be another millisecond.

constexpr uint8_t kOneTrack = 0;
constexpr uint8_t kManyTracksManyCodecs = 2;

Result<> read_multitrack(ByteReader& reader, ExHeader& header) noexcept {
  const uint8_t types = reader.u8();
  const uint8_t track_type = types >> 4;
  header.packet_type = types & 0x0F;
  if (track_type != kManyTracksManyCodecs) header.four_cc = reader.u32();
  if (track_type > kManyTracksManyCodecs) return fail(ErrorCode::kMalformed, "flv: track type");
  do {
    if (track_type == kManyTracksManyCodecs) header.four_cc = reader.u32();
    const uint8_t track_id = reader.u8();
    header.body = track_type == kOneTrack ? reader.rest() : reader.take(reader.u24());
    if (!reader.ok()) return fail(ErrorCode::kMalformed, "flv: tracks");
    if (track_id == 0) return {};
  } while (track_type != kOneTrack && !reader.empty());
  header.has_track = false;
  return {};
}

}  // namespace

uint8_t skip_extensions(ByteReader& reader, uint8_t packet_type, ExHeader& header) noexcept {
  // Each turn takes two bytes at least, so this ends.
  while (packet_type == kPacketModEx && reader.ok()) {
    size_t size = size_t{reader.u8()} + 1;
    if (size == 256) size = size_t{reader.u16()} + 1;
    ByteReader extension(reader.take(size));
    const uint8_t types = reader.u8();
    packet_type = types & 0x0F;
    if (types >> 4 != kModExTimestampOffset) continue;
    const uint32_t offset_ns = extension.u24();
    if (extension.ok() && offset_ns <= kNanosecondsMax) header.timestamp_offset_ns = offset_ns;
  }
  return packet_type;
}

Result<> read_track(ByteReader& reader, ExHeaderForm form, ExHeader& header) noexcept {
  if (header.packet_type == form.multitrack_type) return read_multitrack(reader, header);
  header.four_cc = reader.u32();
  header.body = reader.rest();
  if (!reader.ok()) return fail(ErrorCode::kMalformed, "flv: enhanced header");
  return {};
}

}  // namespace millrace::media::flv
