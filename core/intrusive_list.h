// A doubly linked list whose nodes lie in the objects, so that waiting allocates nothing.
#pragma once

#include "core/assert.h"

namespace millrace::core {

/// Put it in an object as a base. Unlinks itself when destroyed.
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  [[nodiscard]] bool linked() const noexcept { return next_ != nullptr; }
  void unlink() noexcept {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <class T>
  friend class IntrusiveList;
  ListNode* next_ = nullptr;
  ListNode* previous_ = nullptr;
};

/// T derives from ListNode. The list owns nothing; a node is in one list at a time.
template <class T>
class IntrusiveList {
 public:
  IntrusiveList() noexcept { head_.next_ = head_.previous_ = &head_; }
  ~IntrusiveList() {
    while (!empty()) front().unlink();
    head_.next_ = head_.previous_ = nullptr;
  }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }
  [[nodiscard]] T& front() noexcept { return static_cast<T&>(*head_.next_); }

  void push_back(T& item) noexcept {
    ListNode& node = item;
    MR_ASSERT(!node.linked());
    node.next_ = &head_;
    node.previous_ = head_.previous_;
    head_.previous_->next_ = &node;
    head_.previous_ = &node;
  }

  T* pop_front() noexcept {
    if (empty()) return nullptr;
    T& item = front();
    static_cast<ListNode&>(item).unlink();
    return &item;
  }

  /// `f` may not change the list.
  template <class F>
  void for_each(F f) {
    for (ListNode* node = head_.next_; node != &head_; node = node->next_) {
      f(static_cast<T&>(*node));
    }
  }

  /// Moves all of `other` to the end of this list.
  void splice(IntrusiveList& other) noexcept {
    while (T* item = other.pop_front()) push_back(*item);
  }

 private:
  ListNode head_;
};

}  // namespace millrace::core
