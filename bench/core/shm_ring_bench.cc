// What a record costs on its way through a ring, both ends on one thread: two copies and the
// cursors.
#include "core/shm_ring.h"

#include <benchmark/benchmark.h>

#include "core/assert.h"
#include "core/shared_memory.h"

namespace millrace::core {
namespace {

constexpr size_t kCapacity = 16 << 20;

void write_and_read(benchmark::State& state) {
  const auto size = static_cast<size_t>(state.range(0));
  const auto memory = SharedMemory::create("bench", kShmRingHeadSize + kCapacity).value();
  const auto bell = Doorbell::create().value();
  ShmRingWriter writer(memory.bytes(), bell);
  ShmRingReader reader(memory.bytes(), bell, kCapacity);
  const std::vector<std::byte> payload(size, std::byte{42});
  ShmRecord record;
  MR_ASSERT(writer.try_write(7, {payload}).value());
  MR_ASSERT(reader.try_read(record).value());
  MR_ASSERT(record.type == 7 && record.payload == payload);
  for (auto _ : state) {
    benchmark::DoNotOptimize(writer.try_write(7, {payload}));
    benchmark::DoNotOptimize(reader.try_read(record));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_and_read)->Arg(64)->Arg(4096)->Arg(256 << 10)->Arg(1 << 20);

}  // namespace
}  // namespace millrace::core
