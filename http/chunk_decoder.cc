#include "http/chunk_decoder.h"

#include <algorithm>

#include "http/token.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_field_character(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool is_token_character(char c) noexcept { return is_token(std::string_view(&c, 1)); }

std::unexpected<core::Error> malformed() { return fail(ErrorCode::kMalformed, "broken chunk"); }

}  // namespace

Result<ChunkDecoder::Step> ChunkDecoder::read(std::span<const std::byte> input) {
  size_t at = 0;
  while (at < input.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const size_t size = std::min<uint64_t>(chunk_left_, input.size() - at);
      chunk_left_ -= size;
      if (chunk_left_ == 0) state_ = State::kDataCr;
      return Step{.consumed = at + size, .data = input.subspan(at, size)};
    }
    if (auto stepped = step(static_cast<char>(input[at])); !stepped) {
      return std::unexpected(stepped.error());
    }
    ++at;
  }
  return Step{.consumed = at, .data = {}};
}

Result<> ChunkDecoder::step(char c) {
  switch (state_) {
    case State::kSizeFirst:
    case State::kSize:
      return step_size(c);
    case State::kExtensionFirst:
    case State::kExtensionName:
    case State::kExtensionValueFirst:
    case State::kExtensionValue:
      return step_extension(c);
    case State::kSizeLf:
      if (c != '\n') return malformed();
      state_ = chunk_left_ == 0 ? State::kTrailerFirst : State::kData;
      return {};
    case State::kDataCr:
      if (c != '\r') return malformed();
      state_ = State::kDataLf;
      return {};
    case State::kDataLf:
      if (c != '\n') return malformed();
      state_ = State::kSizeFirst;
      return {};
    case State::kTrailerFirst:
    case State::kTrailerName:
    case State::kTrailerValue:
    case State::kTrailerLf:
      return step_trailer(c);
    case State::kEndLf:
      if (c != '\n') return malformed();
      state_ = State::kDone;
      return {};
    case State::kData:
    case State::kDone:
      break;
  }
  return malformed();
}

Result<> ChunkDecoder::step_size(char c) {
  if (const int digit = hex_value(c); digit >= 0) {
    chunk_left_ = chunk_left_ * 16 + static_cast<unsigned>(digit);
    if (chunk_left_ > Limits::kBodyBytesMax) return fail(ErrorCode::kTooLarge, "chunk too long");
    // Zeros in front cost nothing, so they count as an extension.
    if (chunk_left_ == 0 && state_ == State::kSize) {
      if (extension_left_ == 0) return fail(ErrorCode::kTooLarge, "chunk size too long");
      --extension_left_;
    }
    state_ = State::kSize;
    return {};
  }
  if (state_ == State::kSizeFirst) return malformed();
  if (c == '\r') {
    state_ = State::kSizeLf;
    return {};
  }
  if (c != ';') return malformed();
  state_ = State::kExtensionFirst;
  return {};
}

// One name with at most one value, both tokens: what signed uploads send. Quoted values and further
// extensions are legal and refused, as parsers differ on them (llhttp 8.1 refuses `;a=b;c`).
Result<> ChunkDecoder::step_extension(char c) {
  if (extension_left_ == 0) return fail(ErrorCode::kTooLarge, "chunk extensions too long");
  --extension_left_;
  const bool is_first = state_ == State::kExtensionFirst || state_ == State::kExtensionValueFirst;
  const bool is_name = state_ == State::kExtensionFirst || state_ == State::kExtensionName;
  if (is_token_character(c)) {
    state_ = is_name ? State::kExtensionName : State::kExtensionValue;
    return {};
  }
  if (is_first) return malformed();
  if (c == '\r') {
    state_ = State::kSizeLf;
  } else if (c == '=' && is_name) {
    state_ = State::kExtensionValueFirst;
  } else {
    return malformed();
  }
  return {};
}

Result<> ChunkDecoder::step_trailer(char c) {
  if (trailer_left_ == 0) return fail(ErrorCode::kTooLarge, "trailers too long");
  --trailer_left_;
  switch (state_) {
    case State::kTrailerFirst:
      if (c == '\r') {
        state_ = State::kEndLf;
        return {};
      }
      if (!is_token_character(c)) return malformed();
      state_ = State::kTrailerName;
      return {};
    case State::kTrailerName:
      if (c == ':') {
        state_ = State::kTrailerValue;
        return {};
      }
      return is_token_character(c) ? Result<>() : malformed();
    case State::kTrailerValue:
      if (c == '\r') {
        state_ = State::kTrailerLf;
        return {};
      }
      return is_field_character(c) ? Result<>() : malformed();
    default:
      if (c != '\n') return malformed();
      state_ = State::kTrailerFirst;
      return {};
  }
}

}  // namespace millrace::http
