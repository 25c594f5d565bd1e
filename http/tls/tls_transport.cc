#include "http/tls/tls_transport.h"

#include <linux/sockios.h>
#include <openssl/crypto.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/hash.h"
#include "core/io/sleep.h"
#include "http/next_turn.h"
#include "http/tls/kernel_tls.h"

namespace millrace::http::tls {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

// By then the congestion window has closed again.
constexpr std::chrono::seconds kIdleAgain{1};
// What the kernel takes unsent (TCP_NOTSENT_LOWAT, http/server.cc). What is sealed beyond would
// wait here, in a slab.
constexpr size_t kUnsentMax = 128 * 1024;
constexpr size_t kRoomMin = 32 * 1024;

constexpr std::string_view kPlainAnswer =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 30\r\n"
    "Connection: close\r\n\r\nThis port wants HTTPS: use TLS";

constexpr std::byte kHandshakeRecord{22};

/// True while it lives.
class Held {
 public:
  explicit Held(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { flag_ = false; }

 private:
  bool& flag_;
};

HandshakeFailure failure_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kTimeout:
      return HandshakeFailure::kTimeout;
    case ErrorCode::kUnsupported:
      return HandshakeFailure::kVersion;
    case ErrorCode::kPrecondition:
      return HandshakeFailure::kNoCipher;
    case ErrorCode::kOverloaded:
      return HandshakeFailure::kRefused;
    case ErrorCode::kInvalid:
      return HandshakeFailure::kPlain;
    case ErrorCode::kMalformed:
      return HandshakeFailure::kProtocol;
    default:
      return HandshakeFailure::kClosed;
  }
}

}  // namespace

TlsTransport::TlsTransport(core::Core& core, core::UniqueFd socket, const Limits& limits,
                           core::Cancellation& abort, const ServerMetrics& metrics,
                           TlsEndpoint& endpoint) noexcept
    : Transport(limits),
      core_(core),
      endpoint_(endpoint),
      wire_(core, std::move(socket), limits, abort, metrics) {}

std::string_view TlsTransport::protocol() const noexcept {
  return session_ ? session_->protocol() : std::string_view();
}

Task<Result<>> TlsTransport::set_up() {
  const core::MonotonicTime start = core_.clock().now();
  core::Cancellation stop;
  core::CancelLink link(wire_.abort(), stop);
  Deadline deadline(core_, stop, endpoint_.handshake_timeout());
  const Result<> done = co_await shake_hands(stop);
  count_handshake(done, start);
  is_set_up_ = done.has_value();
  is_broken_ = !is_set_up_;
  if (is_set_up_ && endpoint_.sealing() == Sealing::kInKernel) hand_to_kernel();
  co_return done;
}

// What the kernel refuses goes on to be sealed here.
void TlsTransport::hand_to_kernel() noexcept {
  const RecordSealer* sealer = session_->sealer();
  if (sealer == nullptr || !kernel_has_tls()) return;
  TrafficKey key = sealer->key();
  is_in_kernel_ =
      seal_by_kernel(wire_.socket(), sealer->suite(), key, sealer->sequence()).has_value();
  OPENSSL_cleanse(&key, sizeof key);
}

void TlsTransport::count_handshake(const Result<>& done, core::MonotonicTime start) const noexcept {
  const TlsMetrics& metrics = endpoint_.metrics();
  if (!done) return metrics.count_failure(failure_of(done.error().code));
  metrics.handshake_time.record(core_.clock().now() - start);
  if (session_->is_resumed()) {
    metrics.resumed_handshakes.add();
  } else {
    metrics.full_handshakes.add();
  }
  if (!session_->is_tls13()) metrics.tls12_connections.add();
}

Task<Result<>> TlsTransport::shake_hands(core::Cancellation& stop) {
  if (const Result<> begun = co_await begin(stop); !begun) co_return begun;
  for (;;) {
    const auto progress = session_->handshake();
    // Also after an error: it carries the alert that tells the client why.
    if (const Result<> sent = co_await send_control(); !sent) co_return sent;
    if (!progress) co_return std::unexpected(progress.error());
    if (*progress == TlsSession::Progress::kDone) co_return Result<>();
    auto chunk = co_await wire_.recv(stop);
    if (!chunk) co_return std::unexpected(chunk.error());
    if (chunk->empty()) co_return fail(ErrorCode::kClosed, "closed within a handshake");
    take(std::move(*chunk));
  }
}

// Nothing of OpenSSL is made for a client that says nothing, or that has to wait for its turn.
Task<Result<>> TlsTransport::begin(core::Cancellation& stop) {
  auto chunk = co_await wire_.recv(stop);
  if (!chunk) co_return std::unexpected(chunk.error());
  if (chunk->empty()) co_return fail(ErrorCode::kClosed, "closed before a handshake");
  if (chunk->bytes().front() != kHandshakeRecord) co_return co_await refuse_plain();
  const Result<> admitted = co_await endpoint_.handshakes().enter(stop);
  if (!admitted) co_return admitted;
  session_.emplace(endpoint_.context(), endpoint_.tickets());
  take(std::move(*chunk));
  co_return Result<>();
}

Task<Result<>> TlsTransport::refuse_plain() {
  static_cast<void>(wire_.send_now(core::bytes_of(kPlainAnswer), 0));
  co_await wire_.linger();
  co_return fail(ErrorCode::kInvalid, "no TLS");
}

void TlsTransport::take(core::RecvChunk chunk) noexcept {
  chunk_ = std::move(chunk);
  session_->take_input(chunk_.bytes());
}

// nullopt: OpenSSL needs more than it was given.
std::optional<Result<core::RecvChunk>> TlsTransport::open_next() noexcept {
  if (!session_->has_input()) return std::nullopt;
  const std::span<std::byte> room = endpoint_.scratch();
  const Result<size_t> size = session_->read(room);
  if (!session_->has_input()) chunk_.release();
  if (!size && size.error().code == ErrorCode::kClosed) return core::RecvChunk();
  if (!size) {
    say_why();
    return std::unexpected(size.error());
  }
  if (*size == 0) return std::nullopt;
  return core::RecvChunk::copy_of(room.first(*size));
}

Task<Result<core::RecvChunk>> TlsTransport::recv(core::Cancellation& cancellation) {
  for (;;) {
    auto opened = open_next();
    if (opened) co_return std::move(*opened);
    auto chunk = co_await wire_.recv(cancellation);
    if (!chunk || chunk->empty()) co_return chunk;
    take(std::move(*chunk));
  }
}

std::optional<core::RecvChunk> TlsTransport::try_recv() noexcept {
  for (;;) {
    auto opened = open_next();
    if (opened) {
      if (*opened) return std::move(**opened);
      return core::RecvChunk();  // What is not TLS ends the connection.
    }
    auto chunk = wire_.try_recv();
    if (!chunk || chunk->empty()) return chunk;
    take(std::move(*chunk));
  }
}

void TlsTransport::when_readable(core::Runnable* reader) noexcept {
  if (reader != nullptr && session_ && session_->has_input()) {
    core_.schedule(*reader);
  } else {
    wire_.when_readable(reader);
  }
}

// Without a coroutine of its own: most responses are small, and this is how they leave.
Task<Result<>> TlsTransport::send(std::span<const std::byte> bytes) {
  only_piece_ = {.bytes = bytes};
  return send_pieces(std::span(&only_piece_, 1));
}

Task<Result<>> TlsTransport::send_files(std::span<const std::byte> head,
                                        const std::vector<FileSlice>& slices) {
  std::vector<Piece> pieces{{.bytes = head}};
  for (const FileSlice& slice : slices) {
    pieces.push_back({.file = slice.file.get(), .offset = slice.offset, .size = slice.size});
  }
  co_return co_await send_pieces(pieces);
}

Task<Result<>> TlsTransport::send_pieces(std::span<const Piece> pieces) {
  if (is_broken_) co_return fail(ErrorCode::kClosed, "send");
  if (is_in_kernel_) {
    // Kernels before 6.14 cannot take another key, and clients hardly ever ask for one.
    if (session_->has_control()) co_return fail(ErrorCode::kClosed, "a key update");
    co_return co_await wire_.send_pieces(pieces);
  }
  const Held sending(is_sending_);
  if (core_.now() - last_sent_ > kIdleAgain) sizes_.begin_anew();
  BodySource source(pieces);
  while (!source.done()) {
    const Result<> done = co_await send_next(source);
    if (done && !wire_.abort().requested()) continue;
    is_broken_ = true;  // What was sent must not look whole.
    co_return done ? Result<>(wire_.abort().error()) : done;
  }
  last_sent_ = core_.now();
  co_return Result<>();
}

// One batch, or a wait for what it needs.
Task<Result<>> TlsTransport::send_next(BodySource& source) {
  // A key update that the client asked for, which the next data must follow (RFC 8446, 4.6.3).
  if (session_->has_control()) {
    if (const Result<> sent = co_await send_control(); !sent) co_return sent;
  }
  const size_t room =
      source.size() <= RecordBatch::kSmallSlabSize ? RecordBatch::kSlabSize : socket_room();
  if (room < kRoomMin) co_return co_await wire_.wait_writable();
  auto batch = RecordBatch::create(core_.buffers(), source.size());
  if (!batch) co_return co_await wait_for_slab();
  if (const Result<> filled = batch->fill(source, *session_, sizes_, room); !filled) {
    co_return filled;
  }
  if (batch->unsent().empty()) {
    batch = fail(ErrorCode::kOverloaded, "");  // The slab is for others while the disk is read.
    co_return co_await fetch(source);
  }
  const int flags = source.done() ? 0 : MSG_MORE;
  Result<> done = send_some(*batch, flags);
  while (done && !batch->unsent().empty()) {
    batch->shrink(core_.buffers());
    done = co_await wire_.wait_writable();
    if (done) done = send_some(*batch, flags);
  }
  if (done && !source.done()) co_await NextTurn(core_);
  co_return done;
}

Result<> TlsTransport::send_some(RecordBatch& batch, int flags) noexcept {
  const auto sent = wire_.send_now(batch.unsent(), flags);
  if (!sent) return std::unexpected(sent.error());
  batch.count_sent(sent->size);
  allowance().earn(sent->size);
  return {};
}

Task<Result<>> TlsTransport::fetch(BodySource& source) {
  const Piece rest = source.rest_of_file();
  const Result<> fetched = co_await wire_.fetch(rest);
  if (fetched) source.fetched(std::min(rest.size, ClearTransport::kPrefetchBytes));
  co_return fetched;
}

// Others must finish first.
Task<Result<>> TlsTransport::wait_for_slab() {
  endpoint_.metrics().slab_waits.add();
  core::Cancellation stop;
  core::CancelLink link(wire_.abort(), stop);
  Deadline deadline(core_, stop, allowance().left());
  const core::MonotonicTime start = core_.now();
  const Result<> slept = co_await core::io::Sleep(core_, core::Timers::kTick, &stop);
  allowance().spend(core_.now() - start);
  co_return slept;
}

// What the kernel takes before it calls the socket blocked. Asked before anything is sealed, so
// that a slow viewer holds no slab while it waits.
size_t TlsTransport::socket_room() const noexcept {
  int unsent = 0;
  if (::ioctl(wire_.socket(), SIOCOUTQNSD, &unsent) != 0 || unsent < 0) return kUnsentMax;
  return kUnsentMax - std::min(kUnsentMax, static_cast<size_t>(unsent));
}

Task<Result<>> TlsTransport::send_control() {
  while (session_->has_control()) {
    const std::vector<std::byte> control = session_->take_control();
    const Result<> sent = co_await wire_.send(control);
    if (!sent) {
      is_broken_ = true;
      co_return sent;
    }
  }
  co_return Result<>();
}

// The alert of a connection that fails while it is read from.
void TlsTransport::say_why() noexcept {
  if (!is_sending_ && !is_broken_ && !is_in_kernel_) {
    const std::vector<std::byte> control = session_->take_control();
    static_cast<void>(wire_.send_now(control, 0));
  }
  is_broken_ = true;
}

// Whoever does not take it at once goes without.
void TlsTransport::say_end() noexcept {
  if (!is_set_up_ || is_broken_ || is_sending_) return;
  is_broken_ = true;
  if (is_in_kernel_) return send_alert_by_kernel(wire_.socket(), TlsSession::kCloseNotify);
  session_->say_end();
  const std::vector<std::byte> control = session_->take_control();
  static_cast<void>(wire_.send_now(control, 0));
}

Task<void> TlsTransport::linger() {
  say_end();
  co_await wire_.linger();
}

Task<void> TlsTransport::close() {
  say_end();
  co_await wire_.close();
}

}  // namespace millrace::http::tls
