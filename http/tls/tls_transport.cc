#include "http/tls/tls_transport.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "core/hash.h"
#include "core/io/sleep.h"
#include "http/next_turn.h"

namespace millrace::http::tls {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

// Eight records of 16 KiB: they are sealed in the core's own cache and leave in one send.
constexpr size_t kSlabBytes = 128 * 1024;
constexpr size_t kSmallSlabBytes = 16 * 1024;
// A client can use a record only when all of it is there: at the beginning, before the congestion
// window has opened, each is a few packets. 1 s: by then the window has closed again.
constexpr size_t kSmallRecordPayload = 4096 - TlsSession::kOverheadMax;
constexpr size_t kSmallRecordsBytes = 64 * 1024;
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
  co_return done;
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
  if (!session_->has_input() && !session_->has_opened()) return std::nullopt;
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
  const bool has_some = session_ && (session_->has_opened() || session_->has_input());
  if (reader != nullptr && has_some) {
    core_.schedule(*reader);
  } else {
    wire_.when_readable(reader);
  }
}

Task<Result<>> TlsTransport::send(std::span<const std::byte> bytes) {
  const Piece piece{.bytes = bytes};
  co_return co_await send_pieces(std::span(&piece, 1));
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
  BodySource source(pieces);
  const Held sending(is_sending_);
  // A key update that the client asked for, which the next data must follow (RFC 8446, 4.6.3).
  if (const Result<> sent = co_await send_control(); !sent) co_return sent;
  if (core_.now() - last_sent_ > kIdleAgain) small_left_ = kSmallRecordsBytes;
  while (!source.done()) {
    const size_t room = source.size() <= kSmallSlabBytes ? kSlabBytes : socket_room();
    if (room < kRoomMin) {
      if (const Result<> ready = co_await wire_.wait_writable(); !ready) co_return ready;
      continue;
    }
    auto slab = co_await take_slab(static_cast<size_t>(std::min<uint64_t>(source.size(), room)));
    if (!slab) co_return std::unexpected(slab.error());
    Batch batch{.slab = std::move(*slab)};
    if (const Result<> filled = fill(source, batch, room); !filled) co_return filled;
    const bool is_cold = !source.done() && batch.size == 0;
    if (is_cold) {
      batch.slab.release();
      const Piece rest = source.rest_of_file();
      if (const Result<> done = co_await wire_.fetch(rest); !done) co_return done;
      source.fetched(std::min(rest.size, ClearTransport::kPrefetchBytes));
      continue;
    }
    const Result<> sent = co_await send_batch(std::move(batch), source.done() ? 0 : MSG_MORE);
    if (!sent) co_return sent;
    if (!source.done()) co_await NextTurn(core_);
    if (wire_.abort().requested()) co_return wire_.abort().error();
  }
  last_sent_ = core_.now();
  co_return co_await send_control();
}

// A smaller slab makes smaller sends but loses nothing; without any, others must finish first.
Task<Result<core::PooledBuffer>> TlsTransport::take_slab(size_t size) {
  constexpr size_t kRecordsOverhead = 8 * TlsSession::kOverheadMax;
  const size_t wanted = size + kRecordsOverhead <= kSmallSlabBytes ? kSmallSlabBytes : kSlabBytes;
  for (;;) {
    auto slab = core_.buffers().take(wanted);
    if (!slab) slab = core_.buffers().take(kSmallSlabBytes);
    if (slab) co_return slab;
    endpoint_.metrics().slab_waits.add();
    core::Cancellation stop;
    core::CancelLink link(wire_.abort(), stop);
    Deadline deadline(core_, stop, allowance().left());
    const core::MonotonicTime start = core_.now();
    const Result<> slept = co_await core::io::Sleep(core_, core::Timers::kTick, &stop);
    allowance().spend(core_.now() - start);
    if (!slept) co_return std::unexpected(slept.error());
  }
}

size_t TlsTransport::record_payload_max() noexcept {
  return small_left_ > 0 ? kSmallRecordPayload : RecordSealer::kPayloadMax;
}

// Payloads are read to where their records will be and sealed in place.
Result<> TlsTransport::fill(BodySource& source, Batch& batch, size_t size_max) {
  std::span<std::byte> rest = batch.slab.bytes();
  rest = rest.first(std::min(rest.size(), size_max));
  while (!source.done() && rest.size() > TlsSession::kOverheadMax) {
    const size_t payload_max =
        std::min(record_payload_max(), rest.size() - TlsSession::kOverheadMax);
    const Result<size_t> payload =
        source.read(rest.subspan(TlsSession::kPayloadOffset, payload_max));
    if (!payload) return std::unexpected(payload.error());
    if (*payload == 0) return {};
    const Result<size_t> record = session_->seal(rest, *payload);
    if (!record) return std::unexpected(record.error());
    small_left_ -= std::min(small_left_, *payload);
    batch.size += *record;
    rest = rest.subspan(*record);
  }
  return {};
}

// What the kernel takes before it calls the socket blocked. Asked before anything is sealed, so
// that a slow viewer holds no slab while it waits.
size_t TlsTransport::socket_room() const noexcept {
  int unsent = 0;
  if (::ioctl(wire_.socket(), SIOCOUTQNSD, &unsent) != 0 || unsent < 0) return kUnsentMax;
  return kUnsentMax - std::min(kUnsentMax, static_cast<size_t>(unsent));
}

Task<Result<>> TlsTransport::send_batch(Batch batch, int flags) {
  std::span<const std::byte> rest = batch.slab.bytes().first(batch.size);
  for (;;) {
    const auto sent = wire_.send_now(rest, flags);
    if (!sent) {
      is_broken_ = true;
      co_return std::unexpected(sent.error());
    }
    rest = rest.subspan(sent->size);
    allowance().earn(sent->size);
    if (rest.empty()) break;
    if (rest.size() <= kSmallSlabBytes && batch.slab.size() > kSmallSlabBytes) {
      if (auto small = core_.buffers().take(kSmallSlabBytes)) {
        std::ranges::copy(rest, small->bytes().begin());
        rest = small->bytes().first(rest.size());
        batch.slab = std::move(*small);
      }
    }
    if (const Result<> ready = co_await wire_.wait_writable(); !ready) {
      is_broken_ = true;
      co_return ready;
    }
  }
  batch.slab.release();
  // Sealed after this batch, by whoever receives: it must be sent before what is sealed next.
  co_return co_await send_control();
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
  if (!is_sending_ && !is_broken_) {
    const std::vector<std::byte> control = session_->take_control();
    static_cast<void>(wire_.send_now(control, 0));
  }
  is_broken_ = true;
}

// Whoever does not take it at once goes without.
void TlsTransport::say_end() noexcept {
  if (!is_set_up_ || is_broken_ || is_sending_) return;
  is_broken_ = true;
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
