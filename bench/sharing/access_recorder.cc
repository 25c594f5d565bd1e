// Compiled without instrumentation, as it is called by it.
#include "bench/sharing/access_recorder.h"

#include <array>
#include <atomic>
#include <cstring>
#include <memory>

namespace millrace::bench {
namespace {

constexpr size_t kLineBytes = 64;
constexpr size_t kPlaces = size_t{1} << 18;  // 16 MiB of memory, all of it touched.

using Table = std::array<Touched, kPlaces>;

std::array<std::unique_ptr<Table>, AccessRecorder::kThreadsMax> tables;
std::atomic<bool> is_recording = false;
thread_local Table* own = nullptr;

Touched& place_of(uintptr_t line) noexcept {
  size_t at = (line * 0x9e3779b97f4a7c15) >> 46;
  while ((*own)[at].line != line && (*own)[at].line != 0) at = (at + 1) % kPlaces;
  (*own)[at].line = line;
  return (*own)[at];
}

enum class Access : uint8_t { kRead, kWrite };

void touch(const volatile void* address, size_t size, Access access, const void* where) noexcept {
  if (own == nullptr || !is_recording.load(std::memory_order_relaxed)) return;
  const auto begin = reinterpret_cast<uintptr_t>(address);
  for (uintptr_t line = begin / kLineBytes; line <= (begin + size - 1) / kLineBytes; ++line) {
    Touched& touched = place_of(line);
    const void*& first = access == Access::kWrite ? touched.writer : touched.reader;
    if (first == nullptr) first = where;
  }
}

}  // namespace

void AccessRecorder::join(size_t index) noexcept {
  tables[index] = std::make_unique<Table>();
  own = tables[index].get();
}

void AccessRecorder::record() noexcept { is_recording = true; }
void AccessRecorder::rest() noexcept { is_recording = false; }

std::vector<Touched> AccessRecorder::touched_by(size_t index) {
  std::vector<Touched> all;
  for (const Touched& touched : *tables[index]) {
    if (touched.line != 0) all.push_back(touched);
  }
  return all;
}

}  // namespace millrace::bench

using millrace::bench::Access;
using millrace::bench::touch;

#define MR_HERE __builtin_return_address(0)
#define MR_PLAIN(size)                                                                        \
  void __tsan_read##size(void* at) { touch(at, size, Access::kRead, MR_HERE); }               \
  void __tsan_write##size(void* at) { touch(at, size, Access::kWrite, MR_HERE); }             \
  void __tsan_unaligned_read##size(void* at) { touch(at, size, Access::kRead, MR_HERE); }     \
  void __tsan_unaligned_write##size(void* at) { touch(at, size, Access::kWrite, MR_HERE); }   \
  void __tsan_read_write##size(void* at) { touch(at, size, Access::kWrite, MR_HERE); }        \
  void __tsan_unaligned_read_write##size(void* at) { touch(at, size, Access::kWrite, MR_HERE); }

// The weakest order that is asked for is replaced by the strongest: only slower.
#define MR_FETCH(bits, name)                                                                  \
  Int##bits __tsan_atomic##bits##_fetch_##name(volatile Int##bits* at, Int##bits by, int) {   \
    touch(at, bits / 8, Access::kWrite, MR_HERE);                                             \
    return __atomic_fetch_##name(at, by, __ATOMIC_SEQ_CST);                                   \
  }
#define MR_ATOMIC(bits)                                                                       \
  using Int##bits = int##bits##_t;                                                            \
  Int##bits __tsan_atomic##bits##_load(const volatile Int##bits* at, int) {                   \
    touch(at, bits / 8, Access::kRead, MR_HERE);                                              \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                             \
  }                                                                                           \
  void __tsan_atomic##bits##_store(volatile Int##bits* at, Int##bits value, int) {            \
    touch(at, bits / 8, Access::kWrite, MR_HERE);                                             \
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                            \
  }                                                                                           \
  Int##bits __tsan_atomic##bits##_exchange(volatile Int##bits* at, Int##bits value, int) {    \
    touch(at, bits / 8, Access::kWrite, MR_HERE);                                             \
    return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);                                  \
  }                                                                                           \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile Int##bits* at, Int##bits* was,   \
                                                    Int##bits value, int, int) {              \
    touch(at, bits / 8, Access::kWrite, MR_HERE);                                             \
    return __atomic_compare_exchange_n(at, was, value, false, __ATOMIC_SEQ_CST,               \
                                       __ATOMIC_SEQ_CST);                                     \
  }                                                                                           \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile Int##bits* at, Int##bits* was,     \
                                                  Int##bits value, int, int) {                \
    touch(at, bits / 8, Access::kWrite, MR_HERE);                                             \
    return __atomic_compare_exchange_n(at, was, value, false, __ATOMIC_SEQ_CST,               \
                                       __ATOMIC_SEQ_CST);                                     \
  }                                                                                           \
  Int##bits __tsan_atomic##bits##_compare_exchange_val(                                       \
      volatile Int##bits* at, Int##bits was, Int##bits value, int, int) {                     \
    touch(at, bits / 8, Access::kWrite, MR_HERE);                                             \
    __atomic_compare_exchange_n(at, &was, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);  \
    return was;                                                                               \
  }                                                                                           \
  MR_FETCH(bits, add)                                                                         \
  MR_FETCH(bits, sub)                                                                         \
  MR_FETCH(bits, and)                                                                         \
  MR_FETCH(bits, or)                                                                          \
  MR_FETCH(bits, xor)

extern "C" {
MR_PLAIN(1)
MR_PLAIN(2)
MR_PLAIN(4)
MR_PLAIN(8)
MR_PLAIN(16)
MR_ATOMIC(8)
MR_ATOMIC(16)
MR_ATOMIC(32)
MR_ATOMIC(64)

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_read(void** at) { touch(at, 8, Access::kRead, MR_HERE); }
// Destructors write what is there already; the compiler's own code leaves that out.
void __tsan_vptr_update(void** at, void* value) {
  if (*at != value) touch(at, 8, Access::kWrite, MR_HERE);
}
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) {}
void* __tsan_memcpy(void* to, const void* from, size_t size) {
  if (size > 0) {
    touch(to, size, Access::kWrite, MR_HERE);
    touch(from, size, Access::kRead, MR_HERE);
  }
  return std::memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, size_t size) {
  if (size > 0) {
    touch(to, size, Access::kWrite, MR_HERE);
    touch(from, size, Access::kRead, MR_HERE);
  }
  return std::memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, size_t size) {
  if (size > 0) touch(to, size, Access::kWrite, MR_HERE);
  return std::memset(to, value, size);
}
}
