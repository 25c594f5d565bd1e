#include "media/live/ingest/rtmp/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "media/flv/flv_writer.h"
#include "media/fmp4/box_reader.h"
#include "media/fmp4/box_writer.h"
#include "media/live/ingest/rtmp/chunk_writer.h"
#include "media/live/ingest/rtmp/message_tags.h"

namespace millrace::media::rtmp {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr uint32_t kControlChunkStream = 2;
constexpr uint32_t kCommandChunkStream = 3;
// 4 KiB: every answer is one chunk.
constexpr uint32_t kSentChunkSize = 4096;
// 2.5 MB, as Adobe's server has it: a second of 20 Mbit/s.
constexpr uint32_t kAckWindow = 2'500'000;
constexpr uint8_t kBandwidthDynamic = 2;

constexpr uint16_t kStreamBegin = 0;
constexpr uint16_t kPingRequest = 6;
constexpr uint16_t kPingResponse = 7;

Status refusal(ErrorCode reason) noexcept {
  constexpr auto kError = StatusLevel::kError;
  switch (reason) {
    case ErrorCode::kNotFound:
      return {kError, "NetStream.Publish.Unauthorized", "This stream key is not valid."};
    case ErrorCode::kConflict:
      return {kError, "NetStream.Publish.BadName", "Another encoder uses this stream key."};
    case ErrorCode::kInvalid:
      return {kError, "NetStream.Publish.BadName", "This stream key cannot be one."};
    case ErrorCode::kOverloaded:
      return {kError, "NetStream.Publish.Failed", "The server is busy. Try again later."};
    default:
      return {kError, "NetStream.Publish.Failed", "The stream cannot be published."};
  }
}

}  // namespace

struct RtmpSession::NamedCommand {
  std::string_view name;
  Result<SessionEvent> (RtmpSession::*take)(const Command&, const Message&);
};

RtmpSession::RtmpSession(std::string_view app, const RtmpLimits& limits) noexcept
    : app_(app),
      limits_(limits),
      chunks_({.message_bytes_max = limits.command_bytes_max}),
      ack_window_(kAckWindow) {}

Result<SessionEvent> RtmpSession::receive(std::span<const std::byte>& input) {
  const size_t size = input.size();
  auto event = receive_messages(input);
  count_received(size - input.size());
  return event;
}

Result<SessionEvent> RtmpSession::receive_messages(std::span<const std::byte>& input) {
  if (state_ == State::kEnded) return SessionEvent::kEnd;
  if (!handshake_.done()) {
    const Result<bool> done = handshake_.receive(input, replies_);
    if (!done) return std::unexpected(done.error());
    if (!*done) return SessionEvent::kNone;
  }
  while (true) {
    const auto message = chunks_.next(input);
    if (!message) return std::unexpected(message.error());
    if (!message->has_value()) return SessionEvent::kNone;
    auto event = take(**message);
    if (!event || *event != SessionEvent::kNone) return event;
  }
}

Result<SessionEvent> RtmpSession::take(const Message& message) {
  Result<> done;
  switch (message.type) {
    case MessageType::kCommand:
    case MessageType::kCommandAmf3:
      return take_command(message);
    case MessageType::kUserControl:
      done = take_user_control(message);
      break;
    case MessageType::kWindowAckSize: {
      fmp4::ByteReader reader(message.body);
      const uint32_t window = reader.u32();
      if (reader.ok() && window > 0) ack_window_ = std::min(window, kAckWindow);
      break;
    }
    default:
      done = take_media(message);
  }
  if (!done) return std::unexpected(done.error());
  return SessionEvent::kNone;
}

Result<> RtmpSession::take_media(const Message& message) {
  if (!is_publishing() || !is_media(message.type)) return {};
  return append_tags(media_, message);
}

// event u16be | its argument
Result<> RtmpSession::take_user_control(const Message& message) {
  fmp4::ByteReader reader(message.body);
  if (reader.u16() != kPingRequest) return {};
  const uint32_t time = reader.u32();
  if (!reader.ok()) return fail(ErrorCode::kMalformed, "rtmp: ping");
  std::vector<std::byte> body;
  fmp4::BoxWriter writer(body);
  writer.u16(kPingResponse);
  writer.u32(time);
  append_message(replies_, {.type = MessageType::kUserControl, .body = body},
                 {.chunk_stream_id = kControlChunkStream});
  return {};
}

Result<SessionEvent> RtmpSession::take_command(const Message& message) {
  static constexpr std::array<NamedCommand, 10> kCommands{{
      {"connect", &RtmpSession::connect},
      {"releaseStream", &RtmpSession::acknowledge},
      {"FCPublish", &RtmpSession::acknowledge},
      {"createStream", &RtmpSession::create_stream},
      {"publish", &RtmpSession::publish},
      {"FCUnpublish", &RtmpSession::unpublish},
      {"closeStream", &RtmpSession::unpublish},
      {"deleteStream", &RtmpSession::delete_stream},
      {"play", &RtmpSession::play},
      {"play2", &RtmpSession::play},
  }};
  auto body = message.body;
  if (message.type == MessageType::kCommandAmf3 && !body.empty()) body = body.subspan(1);
  const auto command = read_command(body);
  if (!command) return std::unexpected(command.error());
  const auto named = std::ranges::find(kCommands, command->name, &NamedCommand::name);
  if (named == kCommands.end()) return SessionEvent::kNone;
  const bool is_connect = command->name == "connect";
  if (is_connect != (state_ == State::kNew)) {
    return fail(ErrorCode::kMalformed, "rtmp: a command before connect, or connect twice");
  }
  return (this->*named->take)(*command, message);
}

Result<SessionEvent> RtmpSession::connect(const Command& command, const Message&) {
  reply_number(MessageType::kWindowAckSize, kAckWindow);
  if (app_of(command) != app_) {
    const std::string address = fmt::format("The address is rtmp://HOST/{}/KEY.", app_);
    reply({.name = "_error",
           .transaction = command.transaction,
           .object = {},
           .arguments = {status_object({.level = StatusLevel::kError,
                                        .code = "NetConnection.Connect.Rejected",
                                        .description = address})}});
    state_ = State::kEnded;
    return SessionEvent::kEnd;
  }
  std::vector<std::byte> bandwidth;
  fmp4::BoxWriter writer(bandwidth);
  writer.u32(kAckWindow);
  writer.u8(kBandwidthDynamic);
  append_message(replies_, {.type = MessageType::kSetPeerBandwidth, .body = bandwidth},
                 {.chunk_stream_id = kControlChunkStream});
  reply_number(MessageType::kSetChunkSize, kSentChunkSize);
  sent_chunk_size_ = kSentChunkSize;
  reply(connect_result(command));
  state_ = State::kConnected;
  return SessionEvent::kNone;
}

Result<SessionEvent> RtmpSession::create_stream(const Command& command, const Message&) {
  reply({.name = "_result",
         .transaction = command.transaction,
         .object = {},
         .arguments = {flv::AmfValue::of(static_cast<double>(++streams_created_))}});
  return SessionEvent::kNone;
}

// What needs no doing, and an answer all the same: encoders wait for it.
Result<SessionEvent> RtmpSession::acknowledge(const Command& command, const Message&) {
  if (command.transaction == 0) return SessionEvent::kNone;
  reply({.name = "_result",
         .transaction = command.transaction,
         .object = {},
         .arguments = {{.kind = flv::AmfKind::kUndefined}}});
  return SessionEvent::kNone;
}

// publish, transaction, null, name [, "live" | "record" | "append"]
Result<SessionEvent> RtmpSession::publish(const Command& command, const Message& message) {
  if (state_ != State::kConnected) return fail(ErrorCode::kMalformed, "rtmp: publish twice");
  stream_id_ = message.stream_id;
  key_ = command.text_argument(0);
  if (key_.empty() || key_.size() > limits_.key_bytes_max) {
    refuse_publish(ErrorCode::kInvalid);
    return SessionEvent::kEnd;
  }
  state_ = State::kAsking;
  return SessionEvent::kPublish;
}

void RtmpSession::accept_publish() {
  state_ = State::kPublishing;
  chunks_.allow_messages_of(limits_.message_bytes_max);
  flv::append_header(media_);
  reply_stream_begin();
  reply(on_status({.level = StatusLevel::kStatus,
                   .code = "NetStream.Publish.Start",
                   .description = "The stream is being published."}),
        stream_id_);
}

void RtmpSession::refuse_publish(ErrorCode reason) {
  reply(on_status(refusal(reason)), stream_id_);
  state_ = State::kEnded;
}

void RtmpSession::end_publish() {
  reply(on_status({.level = StatusLevel::kError,
                   .code = "NetStream.Publish.Denied",
                   .description = "The stream was ended, or another encoder has taken over."}),
        stream_id_);
  state_ = State::kEnded;
}

Result<SessionEvent> RtmpSession::unpublish(const Command& command, const Message& message) {
  if (!is_publishing()) return acknowledge(command, message);
  reply(on_status({.level = StatusLevel::kStatus,
                   .code = "NetStream.Unpublish.Success",
                   .description = "The stream has ended."}),
        stream_id_);
  state_ = State::kConnected;
  return SessionEvent::kUnpublish;
}

Result<SessionEvent> RtmpSession::delete_stream(const Command& command, const Message& message) {
  const bool is_published = command.number_argument(0) == static_cast<double>(stream_id_);
  return is_published ? unpublish(command, message) : SessionEvent::kNone;
}

Result<SessionEvent> RtmpSession::play(const Command&, const Message& message) {
  reply(on_status({.level = StatusLevel::kError,
                   .code = "NetStream.Play.Failed",
                   .description = "Streams are watched over HTTP here."}),
        message.stream_id);
  state_ = State::kEnded;
  return SessionEvent::kEnd;
}

void RtmpSession::reply(const Command& command, uint32_t stream_id) {
  const auto body = write_command(command);
  append_message(replies_, {.type = MessageType::kCommand, .stream_id = stream_id, .body = body},
                 {.chunk_stream_id = kCommandChunkStream, .chunk_size = sent_chunk_size_});
}

void RtmpSession::reply_number(MessageType type, uint32_t number) {
  std::vector<std::byte> body;
  fmp4::BoxWriter(body).u32(number);
  append_message(replies_, {.type = type, .body = body}, {.chunk_stream_id = kControlChunkStream});
}

void RtmpSession::reply_stream_begin() {
  std::vector<std::byte> body;
  fmp4::BoxWriter writer(body);
  writer.u16(kStreamBegin);
  writer.u32(stream_id_);
  append_message(replies_, {.type = MessageType::kUserControl, .body = body},
                 {.chunk_stream_id = kControlChunkStream});
}

// The peer may stop when it hears nothing for a window.
void RtmpSession::count_received(size_t size) {
  received_ += static_cast<uint32_t>(size);
  if (received_ - acknowledged_ < ack_window_) return;
  acknowledged_ = received_;
  reply_number(MessageType::kAcknowledgement, received_);
}

}  // namespace millrace::media::rtmp
