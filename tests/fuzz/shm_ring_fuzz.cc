// head u64 | tail u64 | bytes of the memory: what a hostile process could leave there. Invariants:
// the reader stays within the memory (ASan sees it: the allocation is exact) and its limit, and
// comes to an end; the writer overwrites nothing that was not read.
#include <cstring>
#include <memory>

#include "core/assert.h"
#include "core/shm_ring.h"

namespace millrace::core {
namespace {

constexpr size_t kCapacity = 4096;
constexpr size_t kPayloadSizeMax = 1000;
constexpr size_t kSize = kShmRingHeadSize + kCapacity;

struct Free {
  void operator()(void* memory) const noexcept { std::free(memory); }
};

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint64_t number() noexcept {
    uint64_t value = 0;
    take(&value, sizeof value);
    return value;
  }
  size_t take(void* to, size_t size) noexcept {
    const size_t count = std::min(size, size_);
    if (count != 0) std::memcpy(to, data_, count);
    data_ += count;
    size_ -= count;
    return count;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

void read_all(std::span<std::byte> memory, const Doorbell& bell) {
  ShmRingReader reader(memory, bell, kPayloadSizeMax);
  ShmRecord record;
  size_t read_size = 0;
  while (true) {
    const auto got = reader.try_read(record);
    if (!got) MR_ASSERT(!reader.try_read(record));
    if (!got || !*got) break;
    MR_ASSERT(record.payload.size() <= kPayloadSizeMax);
    read_size += kShmRecordHeadSize + record.payload.size();
    MR_ASSERT(read_size <= kCapacity);
  }
}

void write_until_full(std::span<std::byte> memory, const Doorbell& bell) {
  ShmRingWriter writer(memory, bell);
  const std::array<std::byte, 100> payload{};
  size_t written_size = 0;
  while (true) {
    const auto written = writer.try_write(1, {payload});
    if (!written || !*written) break;
    written_size += kShmRecordHeadSize + payload.size();
    MR_ASSERT(written_size <= kCapacity);
  }
}

void run(Input input) {
  static const Doorbell bell = Doorbell::create().value();
  const std::unique_ptr<void, Free> owner(std::aligned_alloc(4096, kSize));
  const std::span memory(static_cast<std::byte*>(owner.get()), kSize);
  std::memset(memory.data(), 0, memory.size());
  auto* head = reinterpret_cast<ShmRingHead*>(memory.data());
  head->head.store(input.number());
  head->tail.store(input.number());
  head->writer_wants.store(head->head.load());
  input.take(memory.data() + kShmRingHeadSize, kCapacity);
  const uint64_t tail = head->tail.load();
  read_all(memory, bell);
  head->tail.store(tail);
  write_until_full(memory, bell);
}

}  // namespace
}  // namespace millrace::core

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::core::run({data, size});
  return 0;
}
