#include "media/upload/body_receiver.h"

#include <fcntl.h>

#include <utility>

#include "core/core.h"
#include "core/io/open_at.h"
#include "core/io/unlink.h"

namespace millrace::media::upload {
namespace {

using core::Core;
using core::Result;
using core::Task;

// 64 MiB: half a second of a fast client; other writers take less than the floor meanwhile.
constexpr uint64_t kSpaceCheckInterval = uint64_t{64} << 20;

}  // namespace

Task<Accepted<uint64_t>> BodyReceiver::receive(http::Request& request, const Delivery& delivery) {
  Result<PartWriter> writer = co_await open(delivery);
  if (!writer) co_return refuse(writer.error());
  std::optional<core::Digest> digest;
  if (delivery.checksum) digest.emplace(delivery.checksum->kind);
  metrics_.active.add(1);
  const Outcome outcome = co_await copy(request, delivery.size_max, *writer, digest);
  metrics_.active.add(-1);
  const Accepted<uint64_t> kept = digest
                                      ? co_await keep_if_equal(outcome, *writer, delivery, *digest)
                                      : co_await keep(outcome, *writer);
  metrics_.received_bytes.add(writer->flushed_size() - delivery.offset);
  if (outcome.end == End::kCutOff) metrics_.interrupted.add();
  if (!kept && kept.error().status == 460) metrics_.checksum_mismatches.add();
  if (!kept && kept.error().status == 507) metrics_.out_of_space.add();
  co_return kept;
}

Task<Result<PartWriter>> BodyReceiver::open(const Delivery& delivery) {
  Core& here = Core::current();
  Result<core::PooledBuffer> buffer = here.buffers().take(PartWriter::kBufferSize);
  if (!buffer) co_return std::unexpected(buffer.error());
  Result<core::UniqueFd> fd =
      co_await core::io::OpenAt(here.ring(), store_.part(delivery.id), O_WRONLY);
  if (!fd) co_return std::unexpected(fd.error());
  PartWriter::Target target{.fd = std::move(*fd), .offset = delivery.offset, .marker = {}};
  if (delivery.checksum) target.marker = store_.marker(delivery.id, delivery.offset);
  co_return PartWriter(here.ring(), std::move(target), std::move(*buffer));
}

Task<BodyReceiver::Outcome> BodyReceiver::copy(http::Request& request, uint64_t size_max,
                                               PartWriter& writer,
                                               std::optional<core::Digest>& digest) {
  uint64_t received = 0;
  uint64_t next_check = kSpaceCheckInterval;
  for (;;) {
    const auto bytes = co_await request.read_body();
    if (!bytes) co_return Outcome{.end = End::kCutOff, .error = bytes.error()};
    if (bytes->empty()) co_return Outcome{};
    received += bytes->size();
    if (received > size_max) co_return Outcome{.end = End::kTooLarge, .error = {}};
    if (digest) digest->update(*bytes);
    if (const auto done = co_await writer.append(*bytes); !done) {
      co_return Outcome{.end = End::kNotWritten, .error = done.error()};
    }
    if (received < next_check) continue;
    next_check += kSpaceCheckInterval;
    if (const auto fits = co_await check_space(0); !fits) {
      co_return Outcome{.end = End::kNotWritten, .error = fits.error().cause};
    }
  }
}

Task<Accepted<>> BodyReceiver::check_space(uint64_t size) {
  UploadLedger& ledger = ledger_;
  co_return flatten<void>(
      co_await control_.run([&ledger, size] { return ledger.check_space(size); }));
}

Task<Accepted<uint64_t>> BodyReceiver::keep(const Outcome& outcome, PartWriter& writer) {
  if (outcome.end == End::kNotWritten) co_return refuse(outcome.error);
  if (outcome.end == End::kTooLarge) co_return refuse(413, "the body is larger than the upload");
  if (const auto done = co_await writer.flush(); !done) co_return refuse(done.error());
  if (outcome.end == End::kCutOff) co_return refuse(outcome.error);
  co_return writer.flushed_size();
}

Task<Accepted<uint64_t>> BodyReceiver::keep_if_equal(const Outcome& outcome, PartWriter& writer,
                                                     const Delivery& delivery,
                                                     core::Digest& digest) {
  Accepted<uint64_t> kept = refuse(460, "the body's digest is not that of Upload-Checksum");
  if (outcome.end == End::kTooLarge) kept = refuse(413, "the body is larger than the upload");
  if (outcome.end == End::kCutOff || outcome.end == End::kNotWritten) kept = refuse(outcome.error);
  if (outcome.end == End::kWhole && digest.finish() == delivery.checksum->digest) {
    writer.vouch();
    kept = co_await keep(outcome, writer);
    if (!writer.made_marker()) co_return kept;
    if (kept) {
      const auto unmarked = co_await core::io::Unlink(Core::current().ring(),
                                                      store_.marker(delivery.id, delivery.offset));
      if (unmarked) co_return kept;
      kept = refuse(unmarked.error());
    }
  }
  if (writer.made_marker()) {
    // If this fails, the marker stays, and the next request for the upload cuts the part.
    UploadLedger& ledger = ledger_;
    const std::string& id = delivery.id;
    static_cast<void>(co_await control_.run([&] { return ledger.cut_unverified(id); }));
  }
  co_return kept;
}

}  // namespace millrace::media::upload
