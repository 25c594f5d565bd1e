#include "media/live/ingest/rtmp/chunk_reader.h"

#include <algorithm>

#include "media/fmp4/box_reader.h"

namespace millrace::media::rtmp {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using fmp4::ByteReader;

constexpr uint32_t kExtended = 0xFFFFFF;
constexpr size_t kExtendedSize = 4;
constexpr std::array<size_t, 4> kMessageHeaderSizes{11, 7, 3, 0};
constexpr uint32_t kRepeatedDeltaMaxMs = 1000;
// What is kept for the next message. What a large key frame took is given back, for which there
// has to be another vector: `= {}` would keep it.
constexpr size_t kKeptBodySize = 64 * 1024;

uint32_t little_endian_u32(ByteReader& reader) noexcept { return __builtin_bswap32(reader.u32()); }

}  // namespace

Result<std::optional<Message>> ChunkReader::next(std::span<const std::byte>& input) {
  while (true) {
    if (!in_chunk_) {
      const Result<bool> is_whole = read_head(input);
      if (!is_whole) return std::unexpected(is_whole.error());
      if (!*is_whole) return std::nullopt;
    }
    if (!read_body(input)) return std::nullopt;
    in_chunk_ = false;
    Stream& stream = streams_[current_];
    if (stream.body.size() < stream.length) continue;
    const Message message = finish_message();
    const Result<bool> is_ours = obey(message);
    if (!is_ours) return std::unexpected(is_ours.error());
    if (!*is_ours) return message;
  }
}

// False when `input` is used up before the head of the chunk is complete.
Result<bool> ChunkReader::read_head(std::span<const std::byte>& input) {
  if (!collect_head(input, 1) || !collect_head(input, basic_header_size())) return false;
  const uint8_t format = std::to_integer<uint8_t>(head_[0]) >> 6;
  const size_t fixed_size = basic_header_size() + kMessageHeaderSizes[format];
  if (!collect_head(input, fixed_size)) return false;
  const Result<Stream*> found = find_stream();
  if (!found) return std::unexpected(found.error());
  Stream& stream = **found;
  bool is_extended = stream.is_extended;
  if (format < 3) {
    ByteReader reader(std::span(head_).subspan(basic_header_size()));
    is_extended = reader.u24() == kExtended;
  }
  if (is_extended && !collect_head(input, fixed_size + kExtendedSize)) return false;
  stream.is_extended = is_extended;
  if (!stream.in_message) {
    if (const Result<> begun = begin_message(stream); !begun) return std::unexpected(begun.error());
  } else if (format != 3) {
    return fail(ErrorCode::kMalformed, "rtmp: a message begins inside another");
  } else if (is_extended) {
    skip_extended_timestamp(stream);
  }
  head_size_ = 0;
  in_chunk_ = true;
  chunk_left_ = std::min<size_t>(chunk_size_, stream.length - stream.body.size());
  return true;
}

bool ChunkReader::collect_head(std::span<const std::byte>& input, size_t size) noexcept {
  while (head_size_ < size) {
    if (replay_size_ > 0) {
      head_[head_size_++] = replay_[0];
      std::ranges::copy(std::span(replay_).subspan(1), replay_.begin());
      --replay_size_;
      continue;
    }
    if (input.empty()) return false;
    head_[head_size_++] = input.front();
    input = input.subspan(1);
  }
  return true;
}

size_t ChunkReader::basic_header_size() const noexcept {
  const uint8_t low = std::to_integer<uint8_t>(head_[0]) & 0x3F;
  return low == 0 ? 2 : low == 1 ? 3 : 1;
}

uint32_t ChunkReader::chunk_stream_id() const noexcept {
  const auto at = [&](size_t i) { return std::to_integer<uint32_t>(head_[i]); };
  switch (basic_header_size()) {
    case 2:
      return at(1) + 64;
    case 3:
      return at(1) + at(2) * 256 + 64;
    default:
      return at(0) & 0x3F;
  }
}

Result<ChunkReader::Stream*> ChunkReader::find_stream() {
  const uint32_t id = chunk_stream_id();
  const auto found = std::ranges::find(streams_, id, &Stream::id);
  current_ = static_cast<size_t>(found - streams_.begin());
  if (found != streams_.end()) return &*found;
  // librtmp begins with type 1 on a stream where nothing was said yet.
  const uint8_t format = std::to_integer<uint8_t>(head_[0]) >> 6;
  if (format > 1) return fail(ErrorCode::kMalformed, "rtmp: a chunk refers to no message");
  if (streams_.size() >= limits_.chunk_stream_count_max) {
    return fail(ErrorCode::kTooLarge, "rtmp: chunk streams");
  }
  streams_.emplace_back().id = id;
  return &streams_.back();
}

Result<> ChunkReader::begin_message(Stream& stream) {
  if (const Result<> read = read_message_header(stream); !read) return read;
  if (stream.length > limits_.message_bytes_max ||
      promised_size_ + stream.length > 2 * limits_.message_bytes_max) {
    return fail(ErrorCode::kTooLarge, "rtmp: message size");
  }
  promised_size_ += stream.length;
  stream.in_message = true;
  if (stream.length <= kKeptBodySize && finished_.capacity() > kKeptBodySize)
    finished_ = std::vector<std::byte>();
  if (stream.body.capacity() == 0) stream.body.swap(finished_);
  stream.body.clear();
  return {};
}

Result<> ChunkReader::read_message_header(Stream& stream) {
  const uint8_t format = std::to_integer<uint8_t>(head_[0]) >> 6;
  ByteReader reader(std::span(head_).first(head_size_).subspan(basic_header_size()));
  uint32_t field = format < 3 ? reader.u24() : stream.time_field;
  if (format < 2) {
    stream.length = reader.u24();
    stream.type = reader.u8();
  }
  if (format == 0) stream.message_stream_id = little_endian_u32(reader);
  if (stream.is_extended) field = reader.u32();
  if (!reader.ok()) return fail(ErrorCode::kMalformed, "rtmp: chunk header");
  set_time(stream, format, field);
  return {};
}

void ChunkReader::set_time(Stream& stream, uint8_t format, uint32_t field) noexcept {
  const bool is_repeated = field == stream.time_field;
  stream.time_field = field;
  if (format < 3) stream.is_time_absolute = format == 0;
  if (!stream.is_time_absolute) {
    stream.timestamp_ms += field;
  } else if (format == 0 || !is_repeated) {
    stream.timestamp_ms = field;
  } else if (field <= kRepeatedDeltaMaxMs) {
    stream.timestamp_ms += field;
  }
}

// Bytes that do not repeat what stood at the start of the message belong to its body.
void ChunkReader::skip_extended_timestamp(const Stream& stream) noexcept {
  const auto bytes = std::span(head_).first(head_size_).last(kExtendedSize);
  ByteReader reader(bytes);
  const uint32_t value = reader.u32();
  if (value == stream.time_field || value == stream.timestamp_ms) return;
  std::ranges::copy(bytes, replay_.begin());
  replay_size_ = kExtendedSize;
}

// True when the chunk is complete.
bool ChunkReader::read_body(std::span<const std::byte>& input) {
  std::vector<std::byte>& body = streams_[current_].body;
  const auto append = [&](std::span<const std::byte> bytes) {
    body.insert(body.end(), bytes.begin(), bytes.end());
    chunk_left_ -= bytes.size();
  };
  if (replay_size_ > 0) {
    const size_t size = std::min(replay_size_, chunk_left_);
    append(std::span(replay_).first(size));
    std::ranges::copy(std::span(replay_).subspan(size), replay_.begin());
    replay_size_ -= size;
  }
  const auto taken = input.first(std::min(chunk_left_, input.size()));
  append(taken);
  input = input.subspan(taken.size());
  return chunk_left_ == 0;
}

Message ChunkReader::finish_message() {
  Stream& stream = streams_[current_];
  stream.in_message = false;
  promised_size_ -= stream.length;
  finished_.swap(stream.body);
  stream.body = std::vector<std::byte>();
  return {.type = static_cast<MessageType>(stream.type),
          .timestamp_ms = stream.timestamp_ms,
          .stream_id = stream.message_stream_id,
          .body = finished_};
}

// True when the message was for this reader.
Result<bool> ChunkReader::obey(const Message& message) {
  ByteReader reader(message.body);
  if (message.type == MessageType::kSetChunkSize) {
    const uint32_t size = reader.u32() & 0x7FFFFFFF;
    if (!reader.ok() || size == 0) return fail(ErrorCode::kMalformed, "rtmp: chunk size");
    chunk_size_ = size;
    return true;
  }
  if (message.type != MessageType::kAbort) return false;
  const uint32_t id = reader.u32();
  if (!reader.ok()) return fail(ErrorCode::kMalformed, "rtmp: abort");
  const auto aborted = std::ranges::find(streams_, id, &Stream::id);
  if (aborted == streams_.end() || !aborted->in_message) return true;
  aborted->in_message = false;
  promised_size_ -= aborted->length;
  aborted->body = std::vector<std::byte>();
  return true;
}

}  // namespace millrace::media::rtmp
