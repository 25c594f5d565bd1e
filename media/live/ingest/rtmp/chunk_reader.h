// Puts messages together from the chunks that a peer has cut them into.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/live/ingest/rtmp/message.h"

namespace millrace::media::rtmp {

struct ChunkLimits {
  /// Unfinished messages together may have twice this.
  size_t message_bytes_max = 64 * 1024;
  /// Encoders use five or six.
  size_t chunk_stream_count_max = 32;
};

/// Reads what follows the handshake, in whatever portions it comes. Changes of the chunk size and
/// aborted messages are seen to here. Memory grows as bytes come and not as lengths promise.
///
/// Two things differ from the letter of RTMP 1.0, since encoders do:
/// - the extended timestamp is taken from a chunk that continues a message only where it repeats
///   the one at the message's start, as older OBS leaves it out there;
/// - a message whose header says "as the last one" (type 3) after one with a whole header (type 0)
///   adds that timestamp as a delta only up to a second: librtmp means "at the same time".
///
/// Source: Adobe, RTMP 1.0, 5.3.
/// chunk: fmt u2, id u6 [| id-64 u8, if id = 0; id-64 u16le, if id = 1]
///        | fmt 0: timestamp u24be | length u24be | type u8 | stream_id u32le
///        | fmt 1: delta u24be | length u24be | type u8
///        | fmt 2: delta u24be
///        | extended u32be, where timestamp or delta is 0xFFFFFF | up to chunk_size bytes
class ChunkReader {
 public:
  explicit ChunkReader(ChunkLimits limits = {}) noexcept : limits_(limits) {}

  /// The next message; its body is valid until the next call. Takes its bytes off the front of
  /// `input`. nullopt: `input` is used up and more is needed. Errors, for good: kMalformed,
  /// kTooLarge (a message, or too many chunk streams).
  core::Result<std::optional<Message>> next(std::span<const std::byte>& input);
  /// For a peer that has been let in: its pictures are larger than its commands.
  void allow_messages_of(size_t bytes_max) noexcept { limits_.message_bytes_max = bytes_max; }

 private:
  struct Stream {
    uint32_t id = 0;
    uint32_t timestamp_ms = 0;
    uint32_t time_field = 0;  ///< As last written: a timestamp after type 0, else a delta.
    uint32_t length = 0;
    uint32_t message_stream_id = 0;
    uint8_t type = 0;
    bool is_time_absolute = false;
    bool is_extended = false;
    bool in_message = false;
    std::vector<std::byte> body;
  };

  core::Result<bool> read_head(std::span<const std::byte>& input);
  bool collect_head(std::span<const std::byte>& input, size_t size) noexcept;
  size_t basic_header_size() const noexcept;
  uint32_t chunk_stream_id() const noexcept;
  core::Result<Stream*> find_stream();
  core::Result<> begin_message(Stream& stream);
  core::Result<> read_message_header(Stream& stream);
  void set_time(Stream& stream, uint8_t format, uint32_t field) noexcept;
  void skip_extended_timestamp(const Stream& stream) noexcept;
  bool read_body(std::span<const std::byte>& input);
  Message finish_message();
  core::Result<bool> obey(const Message& message);

  ChunkLimits limits_;
  uint32_t chunk_size_ = 128;
  std::vector<Stream> streams_;
  size_t current_ = 0;  // Index of the stream whose chunk is being read.
  bool in_chunk_ = false;
  size_t chunk_left_ = 0;
  size_t promised_size_ = 0;  // Sum of the lengths of unfinished messages.
  std::array<std::byte, 18> head_{};
  size_t head_size_ = 0;
  std::array<std::byte, 4> replay_{};  // Read as an extended timestamp, which it was not.
  size_t replay_size_ = 0;
  std::vector<std::byte> finished_;  // The body of the message handed out.
};

}  // namespace millrace::media::rtmp
