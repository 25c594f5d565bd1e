#include "bench/swarm/viewer.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/io/sleep.h"

namespace millrace::swarm {
namespace {

using core::Cancellation;
using core::Core;
using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;
using std::chrono::nanoseconds;

constexpr size_t kPlaylistSizeMax = size_t{4} << 20;
constexpr std::chrono::milliseconds kPause{500};

uint64_t us(nanoseconds time) noexcept {
  return static_cast<uint64_t>(std::max<int64_t>(0, time.count() / 1000));
}

}  // namespace

Task<void> Viewer::watch(Cancellation& stop) {
  ++tally_.viewers_started;
  joined_ = Core::current().now();
  while (!stop.requested()) {
    const Result<> watched = co_await watch_once(stop);
    if (connection_ != nullptr) {
      co_await connection_->close();
      connection_.reset();
    }
    if (watched || stop.requested()) co_return;
    note_error(watched.error());
    static_cast<void>(co_await core::io::Sleep(Core::current(), kPause, &stop));
  }
}

Task<Result<>> Viewer::watch_once(Cancellation& stop) {
  auto opened = co_await http::ClientConnection::open(Core::current(), server_.address, &stop);
  if (!opened) co_return std::unexpected(opened.error());
  connection_ = std::move(*opened);
  for (;;) {
    const auto view = co_await reload(stop);
    if (!view) co_return std::unexpected(view.error());
    const auto& parts = (*view)->parts;
    for (size_t i = first_wanted(**view); i < parts.size(); ++i) {
      if (const auto fetched = co_await fetch(parts[i], stop); !fetched) co_return fetched;
    }
    if ((*view)->ended) co_return Result<>{};
    knows_next_ = (*view)->can_block;
    next_msn_ = (*view)->next_msn;
    next_index_ = (*view)->next_index;
    if (!knows_next_ && !co_await core::io::Sleep(Core::current(), kPause, &stop)) {
      co_return stop.error();
    }
  }
}

Task<Result<std::shared_ptr<const LivePlaylistView>>> Viewer::reload(Cancellation& stop) {
  std::string target = path_;
  if (knows_next_) {
    fmt::format_to(std::back_inserter(target), "{}_HLS_msn={}&_HLS_part={}",
                   path_.contains('?') ? '&' : '?', next_msn_, next_index_);
  }
  const auto text = co_await get(target, stop);
  if (!text) co_return std::unexpected(text.error());
  ++tally_.reloads;
  tally_.reload.record(us(Core::current().now() - asked_));
  co_return memo_.read(*text);
}

Task<Result<std::string>> Viewer::get(std::string_view target, Cancellation& stop) {
  asked_ = Core::current().now();
  const auto head = co_await connection_->request({.target = target, .host = server_.host}, &stop);
  if (!head) co_return std::unexpected(head.error());
  auto body = co_await connection_->read_whole_body(kPlaylistSizeMax, &stop);
  if (!body) co_return std::unexpected(body.error());
  tally_.bytes += body->size();
  if (head->status != 200) {
    ++tally_.errors[fmt::format("status {}", head->status)];
    knows_next_ = false;
    co_return fail(ErrorCode::kInternal, "a playlist was not 200");
  }
  co_return body;
}

Task<Result<>> Viewer::fetch(const LivePart& part, Cancellation& stop) {
  const auto target = resolve(path_, part.uri);
  if (!target) co_return std::unexpected(target.error());
  asked_ = Core::current().now();
  const auto head = co_await connection_->request({.target = *target, .host = server_.host}, &stop);
  if (!head) co_return std::unexpected(head.error());
  for (;;) {
    const auto bytes = co_await connection_->read_body(&stop);
    if (!bytes) co_return std::unexpected(bytes.error());
    if (bytes->empty()) break;
    tally_.bytes += bytes->size();
  }
  if (head->status != 200) {
    ++tally_.errors[fmt::format("part: status {}", head->status)];
  } else {
    note_played(part);
  }
  has_position_ = true;
  msn_ = part.msn;
  index_ = part.index;
  co_return Result<>{};
}

size_t Viewer::first_wanted(const LivePlaylistView& view) {
  const auto& parts = view.parts;
  if (parts.empty()) return 0;
  if (!has_position_) {
    // The last place where decoding can start that is far enough behind.
    nanoseconds behind{};
    size_t at = parts.size();
    while (at > 0) {
      behind += parts[--at].duration;
      if (behind >= view.hold_back && parts[at].independent) break;
    }
    return at;
  }
  const auto is_new = [this](const LivePart& part) {
    return part.msn > msn_ || (part.msn == msn_ && part.index > index_);
  };
  const auto first = std::ranges::find_if(parts, is_new);
  const bool has_gap = first != parts.end() && first == parts.begin() && first->msn > msn_ + 1;
  if (has_gap) ++tally_.gaps;
  return static_cast<size_t>(first - parts.begin());
}

void Viewer::note_played(const LivePart& part) {
  const core::MonotonicTime now = Core::current().now();
  ++tally_.parts;
  tally_.part.record(us(now - asked_));
  if (part.has_end) {
    const auto behind = std::chrono::system_clock::now() - part.end;
    tally_.latency.record(us(std::chrono::duration_cast<nanoseconds>(behind)));
  }
  if (!is_playing_) {
    is_playing_ = true;
    ++tally_.viewers_playing;
    tally_.join.record(us(now - joined_));
    play_until_ = now;
  }
  if (now > play_until_) {  // The picture stood still until this part came.
    const nanoseconds stalled = now - play_until_;
    if (stalled > std::chrono::milliseconds(1)) ++tally_.stalls;
    tally_.stall_us += us(stalled);
    play_until_ = now;
  }
  play_until_ += part.duration;
  tally_.played_us += us(part.duration);
}

void Viewer::note_error(const core::Error& error) {
  ++tally_.errors[fmt::format("{}: {}", core::to_string(error.code), error.what)];
}

}  // namespace millrace::swarm
