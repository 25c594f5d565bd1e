#include "http/clear_transport.h"

#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/io/poll.h"
#include "core/io/prefetch.h"
#include "core/io/send.h"
#include "http/next_turn.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

// 64 KiB: a stalled peer is told from a slow one within half its allowance at 4 KiB/s.
constexpr size_t kSendPartBytes = 64 * 1024;
// What one connection may send before the others get their turn: a segment in one call, which is
// 0.13 ms. Smaller turns cost more calls: 256 KiB took 1.25 times the CPU a segment.
constexpr size_t kTurnBytes = 2 * 1024 * 1024;
// How long a file that was in memory is taken to be there still, without looking.
constexpr std::chrono::seconds kResidentFor{1};
// Pieces a call: ten responses with their frames.
constexpr size_t kGatheredMax = 32;
constexpr size_t kLingerBytes = 1024 * 1024;
constexpr std::chrono::seconds kLingerTime{2};
// Of 4 KiB each, of what came unasked before the end.
constexpr int kDropCallsMax = 16;

// One byte of the window's last page stands for the window: reading is sequential, so what is
// missing is missing at its end. A file system that cannot say counts as cold.
bool is_in_memory(int file, uint64_t last_byte) noexcept {
  std::byte byte{};
  const iovec where{.iov_base = &byte, .iov_len = 1};
  return ::preadv2(file, &where, 1, static_cast<off_t>(last_byte), RWF_NOWAIT) == 1;
}

bool would_block(int os_errno) noexcept { return os_errno == EAGAIN || os_errno == EINTR; }

}  // namespace

ClearTransport::ClearTransport(core::Core& core, core::UniqueFd socket, const Limits& limits,
                               core::Cancellation& abort, const ServerMetrics& metrics) noexcept
    : Transport(limits),
      core_(core),
      socket_(std::move(socket)),
      stream_(core, socket_.get()),
      abort_(abort),
      metrics_(metrics),
      turn_left_(kTurnBytes) {}

Task<Result<core::RecvChunk>> ClearTransport::recv(core::Cancellation& cancellation) {
  auto chunk = co_await stream_.next(&cancellation);
  if (chunk) metrics_.received_bytes.add(chunk->bytes().size());
  co_return chunk;
}

std::optional<core::RecvChunk> ClearTransport::try_recv() noexcept {
  auto chunk = stream_.try_next();
  if (chunk) metrics_.received_bytes.add(chunk->bytes().size());
  return chunk;
}

Task<Result<>> ClearTransport::send(std::span<const std::byte> bytes) {
  const bool is_one_part = !bytes.empty() && bytes.size() <= kSendPartBytes;
  return is_one_part ? send_part(bytes, 0) : send_parts(bytes);
}

// Held back by MSG_MORE until the socket is closed, they share a packet with its end, which costs
// 0.9 of the CPU of two, and the peer is woken once.
Task<Result<>> ClearTransport::send_last(std::span<const std::byte> bytes) {
  if (bytes.size() > kSendPartBytes) co_return co_await send(bytes);
  if (abort_.requested()) co_return abort_.error();
  const Result<Sent> sent = send_now(bytes, MSG_MORE);
  if (!sent) co_return std::unexpected(sent.error());
  if (sent->size < bytes.size()) co_return co_await send(bytes.subspan(sent->size));
  co_return Result<>();
}

Task<Result<>> ClearTransport::send_parts(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kSendPartBytes));
    bytes = bytes.subspan(part.size());
    const Result<> sent = co_await send_part(part, bytes.empty() ? 0 : MSG_MORE);
    if (!sent) co_return sent;
  }
  co_return Result<>();
}

Task<Result<>> ClearTransport::send_part(std::span<const std::byte> bytes, int flags) {
  core::Cancellation stop;
  core::CancelLink link(abort_, stop);
  Deadline deadline(core_, stop, allowance().left());
  const core::MonotonicTime start = core_.now();
  const auto sent = co_await core::io::Send(core_.ring(), socket_.get(), bytes, flags, &stop);
  if (!sent) co_return as_stall(sent.error());
  allowance().spend(core_.now() - start);
  allowance().earn(*sent);
  metrics_.sends.add();
  metrics_.sent_memory_bytes.add(*sent);
  add_sent(*sent);
  if (*sent != bytes.size()) {
    if (stop.requested()) co_return as_stall(stop.error().error());
    co_return fail(ErrorCode::kClosed, "send");
  }
  co_return Result<>();
}

Task<Result<>> ClearTransport::send_files(std::span<const std::byte> head,
                                          const std::vector<FileSlice>& slices) {
  if (slices.empty()) co_return co_await send(head);
  // The head waits in the kernel for the first bytes of the file: one packet, no ring round trip.
  if (!head.empty() && head.size() <= kSendPartBytes) {
    const Result<Sent> sent = send_now(head, MSG_MORE);
    if (!sent) co_return std::unexpected(sent.error());
    head = head.subspan(sent->size);
  }
  if (!head.empty()) {
    if (const Result<> sent = co_await send(head); !sent) co_return sent;
  }
  co_await BehindReady(core_);
  turn_left_ = kTurnBytes;  // Else what an earlier response left of one would cut this in two.
  for (const FileSlice& slice : slices) {
    const Piece run{.file = slice.file.get(), .offset = slice.offset, .size = slice.size};
    if (const Result<> sent = co_await send_run(run); !sent) co_return sent;
  }
  co_return Result<>();
}

Task<Result<>> ClearTransport::send_pieces(std::span<const Piece> pieces) {
  while (!pieces.empty()) {
    const auto file =
        std::ranges::find_if(pieces, [](const Piece& p) { return p.file != nullptr; });
    const auto in_memory = static_cast<size_t>(file - pieces.begin());
    if (in_memory > 0) {
      const int flags = in_memory < pieces.size() ? MSG_MORE : 0;
      const Result<> sent = co_await send_gathered(pieces.first(in_memory), flags);
      if (!sent) co_return sent;
    } else if (const Result<> sent = co_await send_run(pieces.front()); !sent) {
      co_return sent;
    }
    pieces = pieces.subspan(std::max<size_t>(in_memory, 1));
  }
  co_return Result<>();
}

Task<Result<>> ClearTransport::send_gathered(std::span<const Piece> pieces, int flags) {
  size_t skip = 0;  // of the first piece: sent already
  while (!pieces.empty()) {
    const Result<Sent> sent = sendmsg_now(pieces, skip, flags);
    if (!sent) co_return std::unexpected(sent.error());
    skip += sent->size;
    while (!pieces.empty() && skip >= pieces.front().bytes.size()) {
      skip -= pieces.front().bytes.size();
      pieces = pieces.subspan(1);
    }
    if (may_go_on(*sent)) continue;
    if (const Result<> done = co_await take_turns(*sent); !done) co_return done;
  }
  co_return Result<>();
}

Task<Result<>> ClearTransport::send_run(Piece rest) {
  uint64_t fetched_until = 0;
  while (rest.size > 0) {
    if (turn_left_ == 0) {
      if (const Result<> done = co_await take_turns(Sent()); !done) co_return done;
    }
    uint64_t window = std::min<uint64_t>(rest.size, turn_left_);
    const uint64_t window_end = rest.offset + window;
    if (window_end > fetched_until && !is_resident(*rest.file, window_end)) {
      if (rest.offset >= fetched_until) {
        if (const Result<> done = co_await fetch(rest); !done) co_return done;
        fetched_until = rest.offset + std::min(rest.size, kPrefetchBytes);
      }
      window = std::min(window, fetched_until - rest.offset);
    }
    const Result<Sent> sent = sendfile_now(rest.file->fd(), rest.offset, window);
    if (!sent) co_return std::unexpected(sent.error());
    rest.offset += sent->size;
    rest.size -= sent->size;
    if (may_go_on(*sent) || !sent->is_blocked) continue;
    if (const Result<> done = co_await take_turns(*sent); !done) co_return done;
  }
  co_return Result<>();
}

// Of a file that fits into one turn, one look stands for all of it and for everybody.
bool ClearTransport::is_resident(const OpenFile& file, uint64_t window_end) const noexcept {
  if (file.resident_until() > core_.now()) return true;
  if (!is_in_memory(file.fd(), window_end - 1)) return false;
  const bool is_whole = file.size() <= kTurnBytes && window_end == file.size();
  if (is_whole) file.set_resident_until(core_.now() + kResidentFor);
  return true;
}

bool ClearTransport::may_go_on(Sent sent) noexcept {
  turn_left_ -= std::min(sent.size, turn_left_);
  allowance().earn(sent.size);
  return !sent.is_blocked && turn_left_ > 0;
}

// Waits for the peer when it takes no more, and then for the others of this core.
Task<Result<>> ClearTransport::take_turns(Sent sent) {
  turn_left_ = kTurnBytes;
  if (sent.is_blocked) {
    if (const Result<> ready = co_await wait_writable(); !ready) co_return ready;
  }
  co_await NextTurn(core_);
  if (abort_.requested()) co_return abort_.error();
  co_return Result<>();
}

Task<Result<>> ClearTransport::fetch(const Piece& rest) {
  metrics_.prefetches.add();
  co_return co_await core::io::Prefetch(core_.ring(), rest.file->fd(), rest.offset,
                                        std::min(rest.size, kPrefetchBytes), &abort_);
}

Task<Result<>> ClearTransport::wait_writable() {
  core::Cancellation stop;
  core::CancelLink link(abort_, stop);
  Deadline deadline(core_, stop, allowance().left());
  const core::MonotonicTime start = core_.now();
  const auto ready = co_await core::io::Poll(core_.ring(), socket_.get(), POLLOUT, &stop);
  allowance().spend(core_.now() - start);
  if (!ready) co_return as_stall(ready.error());
  co_return Result<>();
}

Result<ClearTransport::Sent> ClearTransport::send_now(std::span<const std::byte> bytes,
                                                      int flags) noexcept {
  return count_sent(
      ::send(socket_.get(), bytes.data(), bytes.size(), flags | MSG_DONTWAIT | MSG_NOSIGNAL));
}

// What a call that sends from memory has returned.
Result<ClearTransport::Sent> ClearTransport::count_sent(ssize_t sent) noexcept {
  if (sent < 0 && !would_block(errno)) return core::os_failure(errno, "send");
  if (sent < 0) return Sent{.size = 0, .is_blocked = true};
  metrics_.sends.add();
  metrics_.sent_memory_bytes.add(static_cast<size_t>(sent));
  add_sent(static_cast<size_t>(sent));
  return Sent{.size = static_cast<size_t>(sent), .is_blocked = false};
}

Result<ClearTransport::Sent> ClearTransport::sendmsg_now(std::span<const Piece> pieces, size_t skip,
                                                         int flags) noexcept {
  std::array<iovec, kGatheredMax> vectors;
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = std::min(pieces.size(), kGatheredMax);
  if (message.msg_iovlen < pieces.size()) flags |= MSG_MORE;
  for (size_t i = 0; i < message.msg_iovlen; ++i) {
    const auto bytes = pieces[i].bytes.subspan(i == 0 ? skip : 0);
    vectors[i] = {.iov_base = const_cast<std::byte*>(bytes.data()), .iov_len = bytes.size()};
  }
  return count_sent(::sendmsg(socket_.get(), &message, flags | MSG_DONTWAIT | MSG_NOSIGNAL));
}

Result<ClearTransport::Sent> ClearTransport::sendfile_now(int file, uint64_t offset,
                                                          size_t size) noexcept {
  auto position = static_cast<off_t>(offset);
  const ssize_t sent = ::sendfile(socket_.get(), file, &position, size);
  if (sent == 0) return fail(ErrorCode::kMalformed, "a file is shorter than its index");
  if (sent < 0 && !would_block(errno)) return core::os_failure(errno, "sendfile");
  if (sent < 0) return Sent{.size = 0, .is_blocked = true};
  metrics_.sendfiles.add();
  metrics_.sent_file_bytes.add(static_cast<size_t>(sent));
  add_sent(static_cast<size_t>(sent));
  return Sent{.size = static_cast<size_t>(sent), .is_blocked = false};
}

Result<> ClearTransport::as_stall(const core::Error& error) noexcept {
  if (error.code == ErrorCode::kTimeout) metrics_.stalls.add();
  return std::unexpected(error);
}

Task<void> ClearTransport::linger() {
  ::shutdown(socket_.get(), SHUT_WR);
  core::Cancellation stop;
  core::CancelLink link(abort_, stop);
  Deadline deadline(core_, stop, kLingerTime);
  for (size_t taken = 0; taken < kLingerBytes;) {
    const auto chunk = co_await recv(stop);
    if (!chunk || chunk->empty()) co_return;
    taken += chunk->bytes().size();
  }
}

// Bytes that nobody asked for would turn the end into a reset, which overtakes the response.
Task<void> ClearTransport::close() {
  if (stream_.is_listening()) return stream_.stop();
  std::array<std::byte, 4096> dropped;
  for (int i = 0; i < kDropCallsMax; ++i) {
    const ssize_t size = ::recv(socket_.get(), dropped.data(), dropped.size(), MSG_DONTWAIT);
    if (size < static_cast<ssize_t>(dropped.size())) break;
  }
  return stream_.stop();
}

void ClearTransport::reset() noexcept { ::shutdown(socket_.get(), SHUT_RDWR); }

}  // namespace millrace::http
