#include "core/recv_buffers.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <utility>

#include "core/assert.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define MR_POISON(address, size) ASAN_POISON_MEMORY_REGION(address, size)
#define MR_UNPOISON(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#endif
#endif
#ifndef MR_POISON
#define MR_POISON(address, size) static_cast<void>(0)
#define MR_UNPOISON(address, size) static_cast<void>(0)
#endif

namespace millrace::core {
namespace {

// 256 KiB of buffers: as many as fit into a second-level cache beside what is sent.
constexpr uint16_t kOfferedAtFirst = 64;

}  // namespace

RecvChunk& RecvChunk::operator=(RecvChunk&& other) noexcept {
  if (this == &other) return *this;
  release();
  owner_ = std::exchange(other.owner_, nullptr);
  id_ = other.id_;
  bytes_ = std::exchange(other.bytes_, {});
  own_ = std::move(other.own_);
  return *this;
}

RecvChunk RecvChunk::joined(std::span<const std::byte> first, std::span<const std::byte> second) {
  RecvChunk chunk;
  const size_t size = first.size() + second.size();
  chunk.own_ = std::make_unique_for_overwrite<std::byte[]>(size);
  std::ranges::copy(second, std::ranges::copy(first, chunk.own_.get()).out);
  chunk.bytes_ = {chunk.own_.get(), size};
  return chunk;
}

void RecvChunk::release() noexcept {
  bytes_ = {};
  own_.reset();
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->recycle(id_);
}

RecvChunk RecvChunk::copy_of(std::span<const std::byte> bytes) {
  RecvChunk chunk;
  chunk.own_ = std::make_unique_for_overwrite<std::byte[]>(bytes.size());
  std::ranges::copy(bytes, chunk.own_.get());
  chunk.bytes_ = {chunk.own_.get(), bytes.size()};
  return chunk;
}

void RecvChunk::move_to_heap() {
  if (owner_ == nullptr) return;
  own_ = std::make_unique_for_overwrite<std::byte[]>(bytes_.size());
  std::ranges::copy(bytes_, own_.get());
  bytes_ = {own_.get(), bytes_.size()};
  std::exchange(owner_, nullptr)->recycle(id_);
}

RecvBuffers::RecvBuffers(Ring& ring, RecvBuffersSize size) noexcept
    : ring_(&ring),
      size_(size),
      memory_(std::make_unique_for_overwrite<std::byte[]>(size_t{size.count} * size.buffer_size)) {}

RecvBuffers::RecvBuffers(RecvBuffers&& other) noexcept
    : ring_(other.ring_),
      size_(other.size_),
      memory_(std::move(other.memory_)),
      shared_(std::exchange(other.shared_, nullptr)),
      shared_bytes_(other.shared_bytes_),
      in_use_(other.in_use_),
      offered_(other.offered_),
      offered_max_(other.offered_max_),
      spare_(std::move(other.spare_)) {
  MR_ASSERT(other.in_use_ == 0 && other.starved_.empty());
}

RecvBuffers::~RecvBuffers() {
  if (shared_ == nullptr) return;
  MR_ASSERT(in_use_ == 0);  // A chunk points into our memory.
  ring_->unregister_buffers(kGroup);
  ::munmap(shared_, shared_bytes_);
  MR_UNPOISON(memory_.get(), size_t{size_.count} * size_.buffer_size);
}

Result<RecvBuffers> RecvBuffers::create(Ring& ring, RecvBuffersSize size) {
  MR_ASSERT(std::has_single_bit(size.count) && size.buffer_size > 0);
  RecvBuffers buffers(ring, size);
  buffers.shared_bytes_ = size_t{size.count} * sizeof(io_uring_buf);
  void* mapped = ::mmap(nullptr, buffers.shared_bytes_, PROT_READ | PROT_WRITE,
                        MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);
  if (mapped == MAP_FAILED) return os_failure(errno, "mmap of the buffer ring");
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uintptr_t>(mapped);
  registration.ring_entries = size.count;
  registration.bgid = kGroup;
  if (const Result<> done = ring.register_buffers(registration); !done) {
    ::munmap(mapped, buffers.shared_bytes_);
    return std::unexpected(done.error());
  }
  buffers.shared_ = static_cast<io_uring_buf_ring*>(mapped);
  io_uring_buf_ring_init(buffers.shared_);
  buffers.offered_max_ = std::min(size.count, kOfferedAtFirst);
  for (uint16_t id = size.count; id > 0; --id) buffers.put_by(static_cast<uint16_t>(id - 1));
  buffers.fill_up();
  return buffers;
}

void RecvBuffers::put_by(uint16_t id) noexcept {
  MR_POISON(buffer(id), size_.buffer_size);  // The kernel's writes are not checked; ours would be.
  spare_.push_back(id);                      // After the first time it has room for all.
}

void RecvBuffers::fill_up() noexcept {
  while (offered_ < offered_max_ && !spare_.empty()) {
    provide(spare_.back());
    spare_.pop_back();
  }
}

void RecvBuffers::offer_more() noexcept {
  if (offered_ > 0 || spare_.empty()) return;  // Some were offered meanwhile, or none are left.
  offered_max_ = static_cast<uint16_t>(std::min<uint32_t>(size_.count, 2U * offered_max_));
  fill_up();
}

void RecvBuffers::provide(uint16_t id) noexcept {
  ++offered_;
  io_uring_buf_ring_add(shared_, buffer(id), size_.buffer_size, id,
                        io_uring_buf_ring_mask(size_.count), 0);
  io_uring_buf_ring_advance(shared_, 1);
}

RecvChunk RecvBuffers::chunk(uint32_t cqe_flags, size_t size) noexcept {
  MR_ASSERT((cqe_flags & IORING_CQE_F_BUFFER) != 0 && size <= size_.buffer_size);
  const auto id = static_cast<uint16_t>(cqe_flags >> IORING_CQE_BUFFER_SHIFT);
  ++in_use_;
  --offered_;
  if (offered_ < offered_max_ / 2) fill_up();
  MR_UNPOISON(buffer(id), size_.buffer_size);
  return RecvChunk(*this, id, {buffer(id), size});
}

void RecvBuffers::recycle(uint16_t id) noexcept {
  --in_use_;
  put_by(id);
  fill_up();
  call_next();
}

}  // namespace millrace::core
