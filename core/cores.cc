#include "core/cores.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <string>

namespace millrace::core {
namespace {

void pin_to(unsigned cpu) noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  // Refused where the CPU is not ours to use: an unpinned core works, only less steadily.
  static_cast<void>(::pthread_setaffinity_np(::pthread_self(), sizeof set, &set));
}

}  // namespace

std::vector<unsigned> allowed_cpus() {
  std::vector<unsigned> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

/// A message from a thread that waits for no answer; frees itself.
struct Cores::Order final : Mail {
  enum class Kind : uint8_t { kStop, kLeave };
  Order(Core& target, Kind what)
      : Mail([](Mail* mail) noexcept {
          const std::unique_ptr<Order> order(static_cast<Order*>(mail));
          if (order->kind == Kind::kStop) {
            order->core.stopping().request();
          } else {
            order->core.leave();
          }
        }),
        core(target),
        kind(what) {}
  Core& core;
  Kind kind;
};

Result<std::unique_ptr<Cores>> Cores::start(CoresOptions options, const Clock& clock, Main main) {
  MR_ASSERT(!options.cpus.empty());
  std::unique_ptr<Cores> cores(new Cores);
  const size_t count = options.cpus.size();
  cores->cores_.resize(count, nullptr);
  cores->quiet_.resize(count, false);
  for (size_t i = 0; i < count; ++i) {
    cores->threads_.emplace_back([self = cores.get(), i, options, &clock, main] {
      self->thread_main(i, options, clock, main);
    });
  }
  std::unique_lock lock(cores->mutex_);
  cores->changed_.wait(lock, [&] { return cores->ready_ == count; });
  cores->go_ = true;
  cores->changed_.notify_all();
  lock.unlock();
  if (cores->failure_) {
    const Error failure = *cores->failure_;
    for (std::thread& thread : cores->threads_) thread.join();
    cores->threads_.clear();
    return std::unexpected(failure);
  }
  return cores;
}

Cores::~Cores() {
  if (threads_.empty()) return;
  request_stop();
  join();
}

void Cores::thread_main(size_t index, const CoresOptions& options, const Clock& clock,
                        const Main& main) {
  ::pthread_setname_np(::pthread_self(), ("core-" + std::to_string(index)).c_str());
  if (options.pin) pin_to(options.cpus[index]);
  CoreOptions mine = options.core;
  mine.index = static_cast<unsigned>(index);
  Result<std::unique_ptr<Core>> core = Core::create(mine, clock);
  bool all_started = false;
  {
    std::unique_lock lock(mutex_);
    if (core) {
      cores_[index] = core->get();
    } else {
      failure_ = core.error();
    }
    ++ready_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return go_; });
    all_started = !failure_;
  }
  if (!all_started) return;
  (*core)->spawn(main(*this, **core));
  serve(**core, index);
}

void Cores::serve(Core& core, size_t index) noexcept {
  // A core that has nothing left may still be asked by one that has: only when all are quiet at
  // once can nobody be waiting for an answer.
  bool was_quiet = false;
  while (!core.finished()) {
    core.turn(Core::Idle::kWait);
    const bool quiet = core.stopping().requested() && core.tasks() == 0;
    if (quiet == was_quiet) continue;
    was_quiet = quiet;
    const std::scoped_lock lock(mutex_);
    quiet_[index] = quiet;
    all_quiet_ = std::ranges::all_of(quiet_, [](bool is) { return is; });
    if (all_quiet_) changed_.notify_all();
  }
}

void Cores::request_stop() noexcept {
  for (Core* core : cores_) core->deliver(new Order(*core, Order::Kind::kStop));
}

void Cores::join() noexcept {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return all_quiet_; });
  }
  for (Core* core : cores_) core->deliver(new Order(*core, Order::Kind::kLeave));
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace millrace::core
