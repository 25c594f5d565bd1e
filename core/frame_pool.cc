#include "core/frame_pool.h"

#include <array>
#include <cstdint>
#include <new>

namespace millrace::core {
namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif
#else
constexpr bool kPooled = true;
#endif

constexpr std::size_t kStep = 64;
constexpr std::size_t kLargest = 4096;
constexpr uint32_t kKeptPerClass = 256;  // x 64 classes x at most 4 KiB: 33 MiB a thread at worst.

struct FreeFrame {
  FreeFrame* next;
};

class FreeLists {
 public:
  ~FreeLists() {
    for (Class& list : classes_) {
      while (list.head != nullptr) ::operator delete(pop(list));
    }
  }

  void* take(std::size_t size) {
    Class& list = classes_[(size - 1) / kStep];
    if (list.head == nullptr) return ::operator new((size + kStep - 1) / kStep * kStep);
    return pop(list);
  }

  void give(void* frame, std::size_t size) noexcept {
    Class& list = classes_[(size - 1) / kStep];
    if (list.count == kKeptPerClass) {
      ::operator delete(frame);
      return;
    }
    list.head = new (frame) FreeFrame{list.head};
    ++list.count;
  }

 private:
  struct Class {
    FreeFrame* head = nullptr;
    uint32_t count = 0;
  };

  static void* pop(Class& list) noexcept {
    FreeFrame* frame = list.head;
    list.head = frame->next;
    --list.count;
    return frame;
  }

  std::array<Class, kLargest / kStep> classes_;
};

thread_local FreeLists free_lists;
thread_local std::int64_t outstanding = 0;

}  // namespace

void* allocate_frame(std::size_t size) {
  ++outstanding;
  if (!kPooled || size > kLargest) return ::operator new(size);
  return free_lists.take(size);
}

void free_frame(void* frame, std::size_t size) noexcept {
  --outstanding;
  if (!kPooled || size > kLargest) {
    ::operator delete(frame);
    return;
  }
  free_lists.give(frame, size);
}

std::int64_t frames_outstanding() noexcept { return outstanding; }

}  // namespace millrace::core
