// Messages to another core: an atomic queue, and a wake-up only when the receiver sleeps.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/assert.h"

namespace millrace::core {

/// One message. It lies in the sender's memory (a coroutine frame) and is the receiver's to read
/// from `Mailbox::push` until it ran. Atomic, because two cores meet here and nowhere else.
class Mail {
 public:
  using Run = void (*)(Mail*) noexcept;
  explicit Mail(Run run) noexcept : run_(run) {}
  Mail(const Mail&) = delete;
  Mail& operator=(const Mail&) = delete;
  void run() noexcept { run_(this); }

 private:
  friend class Mailbox;
  Run run_;
  std::atomic<Mail*> next_{nullptr};
};

/// Many senders, one receiver; order is kept per sender. Source: D. Vyukov, "Intrusive MPSC
/// node-based queue". Bounded by `admit`: a request must be admitted, a reply need not, since each
/// answers one admitted request.
class Mailbox {
 public:
  explicit Mailbox(uint32_t capacity) noexcept
      : capacity_(capacity), stub_([](Mail*) noexcept {}), head_(&stub_), tail_(&stub_) {}

  /// Counts a request in; false when the mailbox is full. `release` counts it out.
  [[nodiscard]] bool admit() noexcept {
    if (admitted_.fetch_add(1, std::memory_order_relaxed) < capacity_) return true;
    admitted_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  void release() noexcept { admitted_.fetch_sub(1, std::memory_order_relaxed); }

  /// Any thread. Yields whether the receiver sleeps and must be woken by the caller.
  [[nodiscard]] bool push(Mail* mail) noexcept {
    enqueue(mail);
    return asleep_.exchange(false, std::memory_order_seq_cst);
  }

  /// Receiver only: the oldest message, or null.
  [[nodiscard]] Mail* pop() noexcept {
    Mail* tail = tail_;
    Mail* next = tail->next_.load(std::memory_order_acquire);
    if (tail == &stub_) {
      if (next == nullptr) return nullptr;
      tail_ = tail = next;
      next = next->next_.load(std::memory_order_acquire);
    }
    if (next != nullptr) {
      tail_ = next;
      return tail;
    }
    if (tail != head_.load(std::memory_order_acquire)) return nullptr;  // A sender is in between.
    enqueue(&stub_);
    next = tail->next_.load(std::memory_order_acquire);
    if (next == nullptr) return nullptr;
    tail_ = next;
    return tail;
  }

  /// Receiver only: says that it is about to sleep. False when mail came meanwhile: it must not.
  [[nodiscard]] bool fall_asleep() noexcept {
    asleep_.store(true, std::memory_order_seq_cst);
    if (empty()) return true;
    asleep_.store(false, std::memory_order_seq_cst);
    return false;
  }
  void wake_up() noexcept { asleep_.store(false, std::memory_order_relaxed); }

  /// Receiver only.
  [[nodiscard]] bool empty() const noexcept {
    return tail_ == &stub_ && head_.load(std::memory_order_seq_cst) == &stub_;
  }

 private:
  void enqueue(Mail* mail) noexcept {
    mail->next_.store(nullptr, std::memory_order_relaxed);
    Mail* previous = head_.exchange(mail, std::memory_order_seq_cst);
    previous->next_.store(mail, std::memory_order_release);
  }

  const uint32_t capacity_;
  Mail stub_;
  alignas(64) std::atomic<Mail*> head_;
  std::atomic<uint32_t> admitted_{0};
  alignas(64) std::atomic<bool> asleep_{false};
  alignas(64) Mail* tail_;
};

}  // namespace millrace::core
