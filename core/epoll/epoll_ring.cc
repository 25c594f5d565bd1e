#include "core/epoll/epoll_ring.h"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

#include "core/assert.h"
#include "core/epoll/file_call.h"

namespace millrace::core::epoll {
namespace {

constexpr size_t kQueueSize = 1024;
constexpr size_t kEventsPerLook = 256;
// While there are completions to deliver, epoll is asked in every fourth turn only: most turns that
// follow one with requests do nothing but hand on what was sent at once.
constexpr unsigned kTurnsPerLook = 4;
constexpr uint64_t kFilesDone = ~uint64_t{0};
constexpr unsigned kKnownFlags = IOSQE_IO_HARDLINK | IOSQE_BUFFER_SELECT;

int to_milliseconds(std::optional<std::chrono::nanoseconds> timeout) noexcept {
  if (!timeout) return -1;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
  return static_cast<int>(std::clamp<decltype(ms)>(ms, 0, INT_MAX));
}

}  // namespace

Result<std::unique_ptr<Ring>> EpollRing::create() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return os_failure(errno, "epoll_create1");
  UniqueFd bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!bell) return os_failure(errno, "eventfd");
  // Edge-triggered, so that it need not be read.
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = kFilesDone}};
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, bell.get(), &event) != 0) {
    return os_failure(errno, "epoll_ctl");
  }
  return std::unique_ptr<Ring>(new EpollRing(std::move(epoll), std::move(bell)));
}

EpollRing::EpollRing(UniqueFd epoll, UniqueFd bell) noexcept
    : Ring(Reactor::kEpoll),
      epoll_(std::move(epoll)),
      queue_(std::make_unique<io_uring_sqe[]>(kQueueSize)),
      files_(std::move(bell)) {}

io_uring_sqe* EpollRing::next_sqe() noexcept {
  if (queued_ == kQueueSize) submit();
  return &(queue_[queued_++] = {});
}

void EpollRing::submit() noexcept {
  const std::span<const io_uring_sqe> queued(queue_.get(), queued_);
  for (size_t first = 0; first < queued.size();) {
    size_t count = 1;
    while ((queued[first + count - 1].flags & IOSQE_IO_HARDLINK) != 0 &&
           first + count < queued.size()) {
      ++count;
    }
    if (is_file_op(queued[first])) {
      begin_on_files(queued.subspan(first, count));
    } else {
      MR_ASSERT(count == 1);
      begin(queued[first]);
    }
    first += count;
  }
  counters_.submissions += queued_;
  queued_ = 0;
}

void EpollRing::begin(const io_uring_sqe& sqe) noexcept {
  MR_ASSERT(is_descriptor_op(sqe) && (sqe.flags & ~kKnownFlags) == 0);
  if (sqe.opcode == IORING_OP_ACCEPT) {
    // accept4(2) has no flag for it, and one who handed us the listener may not have thought of it.
    ::fcntl(sqe.fd, F_SETFL, ::fcntl(sqe.fd, F_GETFL) | O_NONBLOCK);
  }
  DescriptorOp& op = descriptor_ops_.take(sqe);
  remember(op);
  if (sqe.fd < 0) {
    complete(op, -EBADF);
    release(op);
  } else {
    proceed(op, seen_before(sqe.fd));
  }
}

void EpollRing::begin_on_files(std::span<const io_uring_sqe> chain) noexcept {
  if (chain.size() == 1) {
    if (const std::optional<int32_t> result = call_without_blocking(chain.front())) {
      completions_.push_back(
          {.op = reinterpret_cast<Op*>(chain.front().user_data), .result = *result, .flags = 0});
      return;
    }
  }
  FileJob* first = nullptr;
  FileJob* last = nullptr;
  for (const io_uring_sqe& sqe : chain) {
    MR_ASSERT(is_file_op(sqe) && (sqe.flags & ~kKnownFlags) == 0);
    FileJob& job = file_jobs_.take(sqe);
    remember(job);
    (first == nullptr ? first : last->then) = &job;
    last = &job;
  }
  files_.start(*first);
}

void EpollRing::remember(UnderWay& record) noexcept {
  if (record.op == nullptr) return;
  MR_ASSERT(record.op->under_way_ == nullptr);
  record.op->under_way_ = &record;
}

void EpollRing::complete(UnderWay& record, int32_t result) noexcept {
  completions_.push_back({.op = record.op, .result = result, .flags = 0});
}

void EpollRing::forget(const UnderWay& record) noexcept {
  if (record.op != nullptr) record.op->under_way_ = nullptr;
}

void EpollRing::cancel(Op* op) noexcept {
  if (op->under_way_ == nullptr) submit();  // It may be in the queue still.
  if (op->under_way_ == nullptr) return;
  if (op->under_way_->on == UnderWay::On::kFile) {
    static_cast<FileJob*>(op->under_way_)->cancelled.store(true, std::memory_order_relaxed);
    return;
  }
  auto& record = static_cast<DescriptorOp&>(*op->under_way_);
  complete(record, cancelled_result(record));
  release(record);
}

void EpollRing::proceed(DescriptorOp& op, Seen seen) noexcept {
  switch (attempt(op, seen, buffers_, completions_)) {
    case Attempt::kBlocked:
      if (!op.is_listed) block(op);
      break;
    case Attempt::kYielded:
      op.has_yielded = true;
      yielded_.push_back(&op);
      break;
    case Attempt::kEnded:
      release(op);
      break;
  }
}

void EpollRing::block(DescriptorOp& op) noexcept {
  const int fd = op.fd;
  Watch& watch = watch_of(fd);
  uint32_t events = awaited_events(op);
  const bool alone = watch.first == nullptr;
  if (!alone) events |= watch.events;
  // A poll tries nothing by itself: enrolling asks whether the descriptor is ready already.
  if (alone || events != watch.events || op.opcode == IORING_OP_POLL_ADD) {
    if (alone) {
      ++watch.generation;
      watch.has_hung_up = 0;
    }
    if (const int error = enroll(fd, watch, events); error != 0) {
      // EPERM: a regular file, which is always ready.
      const bool polls_file = error == EPERM && op.opcode == IORING_OP_POLL_ADD;
      complete(op,
               polls_file ? static_cast<int32_t>(op.call_flags & (EPOLLIN | EPOLLOUT)) : -error);
      release(op);
      return;
    }
  }
  op.next = std::exchange(watch.first, &op);
  op.is_listed = true;
}

int EpollRing::enroll(int fd, Watch& watch, uint32_t events) noexcept {
  epoll_event event{.events = events | EPOLLET,
                    .data = {.u64 = uint64_t{watch.generation} << 32 | static_cast<uint32_t>(fd)}};
  // Whether the descriptor was closed and is another file now, nobody tells us.
  int how = watch.registered != 0 ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  int failed = ::epoll_ctl(epoll_.get(), how, fd, &event);
  if (failed != 0 && errno == (how == EPOLL_CTL_MOD ? ENOENT : EEXIST)) {
    how = how == EPOLL_CTL_MOD ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    failed = ::epoll_ctl(epoll_.get(), how, fd, &event);
  }
  watch.registered = failed == 0 ? 1 : 0;
  if (failed != 0) return errno;
  watch.events = events;
  return 0;
}

void EpollRing::release(DescriptorOp& op) noexcept {
  if (op.is_listed) {
    DescriptorOp** link = &watch_of(op.fd).first;
    while (*link != &op) link = &(*link)->next;
    *link = op.next;
  }
  if (op.has_yielded) std::erase(yielded_, &op);
  forget(op);
  descriptor_ops_.give_back(op);
}

Seen EpollRing::seen_before(int fd) {
  const Watch& watch = watch_of(fd);
  // What was seen when nobody waited may have been of another file.
  return {.events = 0, .has_hung_up = watch.first != nullptr && watch.has_hung_up != 0};
}

EpollRing::Watch& EpollRing::watch_of(int fd) {
  const auto index = static_cast<size_t>(fd);
  if (index >= watches_.size()) watches_.resize(std::max(index + 1, watches_.size() * 2));
  return watches_[index];
}

void EpollRing::wait(std::optional<std::chrono::nanoseconds> timeout) noexcept {
  give_turns();
  submit();
  if (!completions_.empty() && ++turns_without_look_ < kTurnsPerLook) return;
  turns_without_look_ = 0;
  look(completions_.empty() && yielded_.empty() ? to_milliseconds(timeout) : 0);
}

void EpollRing::give_turns() noexcept {
  MR_ASSERT(turns_.empty());
  turns_.swap(yielded_);
  for (DescriptorOp* op : turns_) {
    op->has_yielded = false;
    proceed(*op, seen_before(op->fd));
  }
  turns_.clear();
}

void EpollRing::look(int timeout_ms) noexcept {
  std::array<epoll_event, kEventsPerLook> events;
  ++counters_.enters;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kEventsPerLook, timeout_ms);
  MR_ASSERT(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) happened(events[static_cast<size_t>(i)]);
}

void EpollRing::happened(const epoll_event& event) noexcept {
  if (event.data.u64 == kFilesDone) {
    take_done_files();
    return;
  }
  Watch& watch = watch_of(static_cast<int>(event.data.u64 & UINT32_MAX));
  // Of a file that had this number before, and lives on in another process.
  if (watch.generation != event.data.u64 >> 32) return;
  constexpr uint32_t kFailed = EPOLLERR | EPOLLHUP;
  if ((event.events & (kFailed | EPOLLRDHUP)) != 0) watch.has_hung_up = 1;
  const Seen seen{.events = event.events, .has_hung_up = watch.has_hung_up != 0};
  DescriptorOp* next = nullptr;
  for (DescriptorOp* op = watch.first; op != nullptr; op = next) {
    next = op->next;
    const bool is_awaited = (event.events & (awaited_events(*op) | kFailed)) != 0;
    if (is_awaited && !op->has_yielded) proceed(*op, seen);
  }
}

void EpollRing::take_done_files() noexcept {
  while (FileJob* job = files_.take_done()) {
    complete(*job, job->result);
    forget(*job);
    file_jobs_.give_back(*job);
  }
}

unsigned EpollRing::reap() noexcept {
  // One batch: completing an operation may start others, whose completions wait for the next turn.
  reaped_.clear();
  reaped_.swap(completions_);
  for (const Completion& completion : reaped_) {
    if (completion.op != nullptr) completion.op->complete(completion.result, completion.flags);
  }
  counters_.completions += reaped_.size();
  return static_cast<unsigned>(reaped_.size());
}

Result<> EpollRing::register_buffers(io_uring_buf_reg& buffers) noexcept {
  buffers_ = ProvidedBuffers(buffers);
  return {};
}

void EpollRing::unregister_buffers(uint16_t group) noexcept {
  MR_ASSERT(buffers_.are_of(group));
  buffers_ = {};
}

}  // namespace millrace::core::epoll
