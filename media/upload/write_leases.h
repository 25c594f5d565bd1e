// Who may write to an upload: one request at a time, on whichever core it runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/event.h"
#include "core/result.h"
#include "core/task.h"

namespace millrace::media::upload {

/// What a newer request does to the one that holds the lease.
enum class OnHeld : uint8_t {
  kEndHolder,  ///< Cancels it and waits for it to leave.
  kRefuse,
};

/// The right to write, until WriteLeases::release().
struct Lease {
  std::string id;
  uint64_t key = 0;
};

/// The registry is the state of one core, the home core; the members may be called on any. A client
/// that lost its connection comes back before the server has noticed, so the newer request wins:
/// the older one is cancelled, keeps what it received, and leaves.
class WriteLeases {
 public:
  /// 5 s: a cancelled request writes at most one more buffer; only a disk that hangs takes longer.
  static constexpr std::chrono::milliseconds kHandOverMax{5000};

  explicit WriteLeases(core::Core& home);
  WriteLeases(const WriteLeases&) = delete;
  WriteLeases& operator=(const WriteLeases&) = delete;

  /// `cancellation` is the request's, to end it; it outlives the lease. Each success is followed by
  /// release() on the same core. Errors: kConflict (the holder did not leave, a newer request came,
  /// or kRefuse), kOverloaded.
  core::Task<core::Result<Lease>> acquire(std::string id, core::Cancellation& cancellation,
                                          OnHeld on_held);
  core::Task<> release(Lease lease);

 private:
  /// Names a request without pointing at it: it may have ended when the name arrives at its core.
  struct WriterName {
    core::Core* core = nullptr;
    uint64_t key = 0;
  };
  struct Entry {
    WriterName holder;  ///< No core: nobody holds it.
    uint64_t newest_ticket = 0;
    size_t waiting_count = 0;
    core::Event changed;
  };
  struct Writers {
    uint64_t last_key = 0;
    std::unordered_map<uint64_t, core::Cancellation*> by_key;
  };

  core::Task<core::Result<>> acquire_at_home(std::string id, WriterName writer, OnHeld on_held);
  core::Task<core::Result<>> wait_for_turn(Entry& entry, uint64_t ticket);
  core::Task<> end_holder(WriterName holder);
  void release_at_home(const std::string& id);
  Writers& writers_here() { return writers_[core::Core::current().index()]; }

  core::Core& home_;
  uint64_t last_ticket_ = 0;
  std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;
  std::vector<Writers> writers_;  ///< By core; each is used on its own core only.
};

}  // namespace millrace::media::upload
