#include "media/flv/flv_reader.h"

#include <algorithm>

#include "media/fmp4/box_reader.h"

namespace millrace::media::flv {
namespace {

using core::ErrorCode;
using core::Result;
using fmp4::ByteReader;

constexpr size_t kHeaderSize = 9;
constexpr size_t kTagHeadSize = 11;
constexpr size_t kPreviousTagSize = 4;
constexpr uint32_t kSignature = 0x464C56;  // 'FLV'
// 4 KiB: the only header there ever was has 9 bytes.
constexpr uint32_t kHeaderSizeMax = 4096;

constexpr uint8_t kTypeMask = 0x1F;
constexpr uint8_t kEncrypted = 0x20;

bool is_known(uint8_t type) noexcept {
  switch (static_cast<TagType>(type)) {
    case TagType::kAudio:
    case TagType::kVideo:
    case TagType::kScript:
      return true;
  }
  return false;
}

}  // namespace

Result<std::optional<Tag>> FlvReader::next(std::span<const std::byte>& input) {
  while (step(input)) {
  }
  if (state_ == State::kFailed) return std::unexpected(failure_);
  if (state_ != State::kTag) return std::nullopt;
  return take_tag();
}

// False when there is something to say, or nothing left to do it with.
bool FlvReader::step(std::span<const std::byte>& input) {
  switch (state_) {
    case State::kHeader:
      if (!collect(input, kHeaderSize)) return false;
      read_file_header();
      return true;
    case State::kSkip:
      held_.clear();
      return skip(input);
    case State::kTagHead:
      if (!collect(input, kTagHeadSize)) return false;
      read_tag_head();
      return true;
    case State::kTagBody:
      if (!collect(input, body_size_)) return false;
      state_ = State::kTag;
      return false;
    case State::kTag:
    case State::kFailed:
      return false;
  }
  return false;
}

// True once `size` bytes are held.
bool FlvReader::collect(std::span<const std::byte>& input, size_t size) {
  const auto taken = input.first(std::min(size - held_.size(), input.size()));
  held_.insert(held_.end(), taken.begin(), taken.end());
  input = input.subspan(taken.size());
  return held_.size() == size;
}

bool FlvReader::skip(std::span<const std::byte>& input) noexcept {
  const size_t skipped = std::min(skip_size_, input.size());
  input = input.subspan(skipped);
  skip_size_ -= skipped;
  if (skip_size_ > 0) return false;
  state_ = State::kTagHead;
  return true;
}

void FlvReader::read_file_header() noexcept {
  ByteReader reader(held_);
  const uint32_t signature = reader.u24();
  const uint8_t version = reader.u8();
  reader.skip(1);
  const uint32_t header_size = reader.u32();
  if (signature != kSignature || version != 1) return lose(ErrorCode::kMalformed, "flv: signature");
  if (header_size < kHeaderSize || header_size > kHeaderSizeMax) {
    return lose(ErrorCode::kMalformed, "flv: header size");
  }
  skip_size_ = header_size - kHeaderSize + kPreviousTagSize;
  state_ = State::kSkip;
}

void FlvReader::read_tag_head() noexcept {
  ByteReader reader(held_);
  const uint8_t type = reader.u8();
  body_size_ = reader.u24();
  tag_timestamp_ = reader.u24();
  tag_timestamp_ |= uint32_t{reader.u8()} << 24;
  held_.clear();
  if ((type & ~kTypeMask & ~kEncrypted) != 0) return lose(ErrorCode::kMalformed, "flv: tag type");
  if ((type & kEncrypted) != 0) return lose(ErrorCode::kUnsupported, "flv: encrypted");
  if (body_size_ == 0 || !is_known(type)) {
    skip_size_ = body_size_ + kPreviousTagSize;
    state_ = State::kSkip;
    return;
  }
  if (body_size_ > limits_.body_size_max) return lose(ErrorCode::kTooLarge, "flv: tag size");
  tag_type_ = static_cast<TagType>(type);
  state_ = State::kTagBody;
}

Tag FlvReader::take_tag() noexcept {
  int64_t timestamp_ms = tag_timestamp_;
  if (last_timestamp_ms_) {
    const auto step =
        static_cast<int32_t>(tag_timestamp_ - static_cast<uint32_t>(*last_timestamp_ms_));
    timestamp_ms = *last_timestamp_ms_ + step;
  }
  last_timestamp_ms_ = timestamp_ms;
  skip_size_ = kPreviousTagSize;
  state_ = State::kSkip;
  return {.type = tag_type_, .timestamp_ms = timestamp_ms, .body = held_};
}

void FlvReader::lose(ErrorCode code, const char* what) noexcept {
  failure_ = {.code = code, .os_errno = 0, .what = what};
  state_ = State::kFailed;
}

}  // namespace millrace::media::flv
