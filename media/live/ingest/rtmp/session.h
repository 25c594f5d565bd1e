// The protocol of one connection, without the connection: bytes in, bytes and events out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/live/ingest/rtmp/chunk_reader.h"
#include "media/live/ingest/rtmp/command.h"
#include "media/live/ingest/rtmp/handshake.h"
#include "media/live/ingest/rtmp/limits.h"
#include "media/live/ingest/rtmp/message.h"

namespace millrace::media::rtmp {

/// What the owner of a session has to do before it gives it more bytes.
enum class SessionEvent : uint8_t {
  kNone,       ///< All bytes were taken: come again with more.
  kPublish,    ///< Somebody wants to publish under `key()`: accept_publish or refuse_publish.
  kUnpublish,  ///< The publisher says that it has finished. It may publish again.
  kEnd,        ///< The client was refused: send the replies and close.
};

/// A server that lets clients publish and does not let them play.
class RtmpSession {
 public:
  /// `app` is the one application there is: rtmp://HOST/app/KEY. Both outlive this.
  RtmpSession(std::string_view app, const RtmpLimits& limits) noexcept;

  /// Takes bytes off the front of `input`, up to the first event; in any portions. With whatever it
  /// yields there may be replies to send and media to pass on. Errors, for good: kMalformed,
  /// kTooLarge, kUnsupported (a peer that does not speak RTMP as it should).
  core::Result<SessionEvent> receive(std::span<const std::byte>& input);

  /// The stream name of the last publish command: a secret.
  const std::string& key() const noexcept { return key_; }
  void accept_publish();
  /// By `reason`: kNotFound is Unauthorized, kConflict is BadName, all else Failed.
  void refuse_publish(core::ErrorCode reason);
  /// Tells a publisher that another one has taken its place, or that the stream was ended.
  void end_publish();

  bool is_publishing() const noexcept { return state_ == State::kPublishing; }
  /// To be sent, and cleared by whoever has sent it.
  std::vector<std::byte>& replies() noexcept { return replies_; }
  /// FLV: the file header with the first bytes of each publication, then tags. Cleared by whoever
  /// has passed it on.
  std::vector<std::byte>& media() noexcept { return media_; }

 private:
  enum class State : uint8_t { kNew, kConnected, kAsking, kPublishing, kEnded };
  struct NamedCommand;

  core::Result<SessionEvent> receive_messages(std::span<const std::byte>& input);
  core::Result<SessionEvent> take(const Message& message);
  core::Result<> take_media(const Message& message);
  core::Result<> take_user_control(const Message& message);
  core::Result<SessionEvent> take_command(const Message& message);
  core::Result<SessionEvent> connect(const Command& command, const Message& message);
  core::Result<SessionEvent> create_stream(const Command& command, const Message& message);
  core::Result<SessionEvent> acknowledge(const Command& command, const Message& message);
  core::Result<SessionEvent> publish(const Command& command, const Message& message);
  core::Result<SessionEvent> unpublish(const Command& command, const Message& message);
  core::Result<SessionEvent> delete_stream(const Command& command, const Message& message);
  core::Result<SessionEvent> play(const Command& command, const Message& message);

  void reply(const Command& command, uint32_t stream_id = 0);
  void reply_number(MessageType type, uint32_t number);
  void reply_stream_begin();
  void count_received(size_t size);

  std::string_view app_;
  const RtmpLimits& limits_;
  State state_ = State::kNew;
  Handshake handshake_;
  ChunkReader chunks_;
  std::string key_;
  uint32_t stream_id_ = 0;  // Of the publication.
  uint32_t streams_created_ = 0;
  uint32_t received_ = 0;      // Bytes, modulo 2^32.
  uint32_t acknowledged_ = 0;  // Of received_.
  uint32_t ack_window_;
  uint32_t sent_chunk_size_ = 128;
  std::vector<std::byte> replies_;
  std::vector<std::byte> media_;
};

}  // namespace millrace::media::rtmp
