// One connection to an HTTP/1.1 server, as its client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/core.h"
#include "core/io/connector.h"
#include "core/io/recv_stream.h"
#include "core/unique_fd.h"
#include "http/chunk_decoder.h"
#include "http/client/response_head.h"
#include "http/headers.h"
#include "http/method.h"

namespace millrace::http {

struct ClientRequest {
  Method method = Method::kGet;
  std::string_view target;  ///< Origin form, `/path?query`, as it is to be sent.
  std::string_view host;    ///< For the Host field.
  Headers headers;
  std::string_view body;  ///< Sent whole, with its length.
};

/// One request at a time; in clear text. Bytes arrive in the core's shared buffers: a connection
/// that waits holds none. Between `request` and the end of its body nothing else may be asked.
/// After an error it is fit for `close` only.
class ClientConnection {
 public:
  /// Errors: those of core::io::connect.
  static core::Task<core::Result<std::unique_ptr<ClientConnection>>> open(
      core::Core& core, core::io::SocketAddress to, core::Cancellation* cancellation = nullptr);
  ClientConnection(core::Core& core, core::UniqueFd socket);

  /// Sends it and yields the head of the answer; interim answers (1xx) are passed over. Errors:
  /// kClosed (before or within the head), kMalformed, kTooLarge, the cancellation's reason, kOs.
  core::Task<core::Result<ResponseHead>> request(const ClientRequest& request,
                                                 core::Cancellation* cancellation = nullptr);
  /// The next bytes of the body, valid until the next call; empty: its end. Errors: kClosed before
  /// its end, kMalformed, the cancellation's reason, kOs.
  core::Task<core::Result<std::span<const std::byte>>> read_body(
      core::Cancellation* cancellation = nullptr);
  /// The whole body. kTooLarge as soon as it must exceed `size_max` bytes.
  core::Task<core::Result<std::string>> read_whole_body(size_t size_max,
                                                        core::Cancellation* cancellation = nullptr);

  /// The body was read to its end, and the server keeps the connection.
  [[nodiscard]] bool is_reusable() const noexcept { return is_whole_ && keeps_alive_; }
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  /// To be awaited before this is destroyed.
  core::Task<void> close();

 private:
  core::Task<core::Result<>> send(std::string_view bytes, core::Cancellation* cancellation);
  core::Task<core::Result<std::string>> read_head(core::Cancellation* cancellation);
  /// Waits for bytes where there are none; empty: the server has finished.
  core::Task<core::Result<>> fill(core::Cancellation* cancellation);
  void begin_body(const ResponseHead& head);
  [[nodiscard]] std::span<const std::byte> take(size_t size) noexcept;

  core::Core& core_;
  core::UniqueFd socket_;
  core::io::RecvStream received_;
  core::RecvChunk chunk_;
  std::span<const std::byte> unread_;  // Within chunk_.
  Limits limits_;
  std::optional<uint64_t> body_left_;  // Where its length is known.
  std::optional<ChunkDecoder> chunks_;
  bool keeps_alive_ = true;
  bool is_whole_ = true;
};

}  // namespace millrace::http
