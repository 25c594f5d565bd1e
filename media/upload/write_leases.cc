#include "media/upload/write_leases.h"

#include <utility>

#include "core/cores.h"
#include "core/io/sleep.h"
#include "core/timers.h"

namespace millrace::media::upload {
namespace {

using core::Core;
using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;

// As many as core/limits.h allows cores.
constexpr size_t kCoreCountMax = 256;
constexpr std::chrono::milliseconds kReleaseRetryDelay{10};

/// A Cancellation that requests itself after a while.
class Deadline final : public core::Timer {
 public:
  Deadline(Core& core, std::chrono::milliseconds duration)
      : Timer([](Timer* timer) noexcept {
          static_cast<Deadline*>(timer)->cancellation_.request(ErrorCode::kTimeout);
        }) {
    core.timers().set(*this, core.now() + duration);
  }
  core::Cancellation& cancellation() { return cancellation_; }

 private:
  core::Cancellation cancellation_;
};

}  // namespace

WriteLeases::WriteLeases(Core& home) : home_(home), writers_(kCoreCountMax) {}

Task<Result<Lease>> WriteLeases::acquire(std::string id, core::Cancellation& cancellation,
                                         OnHeld on_held) {
  Writers& writers = writers_here();
  Lease lease{.id = std::move(id), .key = ++writers.last_key};
  writers.by_key.emplace(lease.key, &cancellation);
  const WriterName name{.core = &Core::current(), .key = lease.key};
  const Result<> acquired = co_await core::run_on(
      home_, [&]() -> Task<Result<>> { return acquire_at_home(lease.id, name, on_held); });
  if (!acquired) {
    writers.by_key.erase(lease.key);
    co_return std::unexpected(acquired.error());
  }
  co_return lease;
}

Task<> WriteLeases::release(Lease lease) {
  writers_here().by_key.erase(lease.key);
  for (;;) {
    const Result<> released = co_await core::run_on(home_, [&] { release_at_home(lease.id); });
    if (released) co_return;
    // The home core's mailbox is full. The lease must come back, so this waits for room.
    static_cast<void>(co_await core::io::Sleep(Core::current(), kReleaseRetryDelay));
  }
}

Task<Result<>> WriteLeases::acquire_at_home(std::string id, WriterName writer, OnHeld on_held) {
  std::unique_ptr<Entry>& slot = entries_[id];
  if (slot == nullptr) slot = std::make_unique<Entry>();
  Entry& entry = *slot;
  if (entry.holder.core != nullptr && on_held == OnHeld::kRefuse) {
    co_return fail(ErrorCode::kConflict, "another request writes to the upload");
  }
  const uint64_t ticket = ++last_ticket_;
  entry.newest_ticket = ticket;
  ++entry.waiting_count;
  const Result<> turn = co_await wait_for_turn(entry, ticket);
  --entry.waiting_count;
  if (turn) {
    entry.holder = writer;
  } else if (entry.holder.core == nullptr && entry.waiting_count == 0) {
    entries_.erase(id);
  }
  co_return turn;
}

Task<Result<>> WriteLeases::wait_for_turn(Entry& entry, uint64_t ticket) {
  if (entry.holder.core == nullptr) co_return Result<>{};
  entry.changed.notify_all();  // Those who waited before this request give up.
  co_await end_holder(entry.holder);
  Deadline deadline(Core::current(), kHandOverMax);
  for (;;) {
    if (entry.newest_ticket != ticket) {
      co_return fail(ErrorCode::kConflict, "a newer request for the upload arrived");
    }
    if (entry.holder.core == nullptr) co_return Result<>{};
    if (!co_await entry.changed.wait(&deadline.cancellation())) {
      co_return fail(ErrorCode::kConflict, "another request still writes to the upload");
    }
  }
}

Task<> WriteLeases::end_holder(WriterName holder) {
  // An overloaded core is left alone: the wait's deadline answers for it.
  static_cast<void>(co_await core::run_on(*holder.core, [&] {
    const Writers& writers = writers_here();
    const auto found = writers.by_key.find(holder.key);
    if (found != writers.by_key.end()) found->second->request(ErrorCode::kCancelled);
  }));
}

void WriteLeases::release_at_home(const std::string& id) {
  const auto found = entries_.find(id);
  MR_ASSERT(found != entries_.end());
  Entry& entry = *found->second;
  entry.holder = {};
  if (entry.waiting_count == 0) {
    entries_.erase(found);
  } else {
    entry.changed.notify_all();
  }
}

}  // namespace millrace::media::upload
