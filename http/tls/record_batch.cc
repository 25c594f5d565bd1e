#include "http/tls/record_batch.h"

#include <algorithm>
#include <array>

namespace millrace::http::tls {
namespace {

using core::Result;

using Rooms = std::array<std::span<std::byte>, BodySource::kRoomsMax>;

// Where payloads go when records lie side by side in `slab`: as many as fit, or one while it is not
// known how large a record will be. Yields their number.
size_t plan_records(std::span<std::byte> slab, const TlsSession& session, RecordSizes sizes,
                    Rooms& rooms) noexcept {
  const size_t count_max = session.has_sealer() ? rooms.size() : 1;
  size_t count = 0;
  while (count < count_max && slab.size() > TlsSession::kOverheadMax) {
    const size_t size = std::min(sizes.payload_max(), slab.size() - TlsSession::kOverheadMax);
    rooms[count++] = slab.subspan(TlsSession::kPayloadOffset, size);
    slab = slab.subspan(size + RecordSealer::kOverhead);
    sizes.count(size);
  }
  return count;
}

}  // namespace

// A smaller slab makes smaller sends but loses nothing.
Result<RecordBatch> RecordBatch::create(core::BufferPool& buffers, uint64_t size) {
  constexpr size_t kRecordsOverhead = 8 * TlsSession::kOverheadMax;
  if (size + kRecordsOverhead > kSmallSlabSize) {
    if (auto slab = buffers.take(kSlabSize)) return RecordBatch(std::move(*slab));
  }
  auto slab = buffers.take(kSmallSlabSize);
  if (!slab) return std::unexpected(slab.error());
  return RecordBatch(std::move(*slab));
}

// Payloads are read to where their records will be, several in one call, and sealed in place.
Result<> RecordBatch::fill(BodySource& source, TlsSession& session, RecordSizes& sizes,
                           size_t size_max) {
  std::span<std::byte> rest = slab_.bytes();
  rest = rest.first(std::min(rest.size(), size_max));
  while (!source.done() && rest.size() > TlsSession::kOverheadMax) {
    Rooms rooms;
    const size_t count = plan_records(rest, session, sizes, rooms);
    const Result<size_t> read = source.read(std::span(rooms).first(count));
    if (!read) return std::unexpected(read.error());
    if (*read == 0) return {};
    size_t left = *read;
    for (size_t i = 0; left > 0; ++i) {
      const size_t payload_size = std::min(left, rooms[i].size());
      const Result<size_t> record = session.seal(rest, payload_size);
      if (!record) return std::unexpected(record.error());
      left -= payload_size;
      sizes.count(payload_size);
      sealed_ += *record;
      rest = rest.subspan(*record);
    }
  }
  return {};
}

void RecordBatch::shrink(core::BufferPool& buffers) {
  const auto left = unsent();
  if (left.size() > kSmallSlabSize || slab_.size() <= kSmallSlabSize) return;
  auto small = buffers.take(kSmallSlabSize);
  if (!small) return;
  std::ranges::copy(left, small->bytes().begin());
  sealed_ = left.size();
  sent_ = 0;
  slab_ = std::move(*small);
}

}  // namespace millrace::http::tls
