#include "media/library/track_writer.h"

#include <fcntl.h>

#include <limits>

#include "core/io/files.h"
#include "core/io/fsync.h"
#include "core/io/open_at.h"
#include "core/io/rename.h"

namespace millrace::media::library {

TrackWriter::TrackWriter(core::Ring& ring, NewTrack track, track::TrackBuilder builder,
                         core::UniqueFd fd)
    : ring_(ring), track_(std::move(track)), builder_(std::move(builder)), fd_(std::move(fd)) {}

core::Task<core::Result<std::unique_ptr<TrackWriter>>> TrackWriter::create(core::Ring& ring,
                                                                           NewTrack track) {
  core::Result<track::TrackBuilder> builder =
      track::TrackBuilder::create(track.format, track.fragment_count_expected);
  if (!builder) co_return std::unexpected(builder.error());
  const std::string part = track.path + ".part";
  core::Result<core::UniqueFd> fd =
      co_await core::io::OpenAt(ring, part, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!fd) co_return std::unexpected(fd.error());
  core::Result<core::UniqueFd> readable = co_await core::io::OpenAt(ring, part, O_RDONLY);
  if (!readable) co_return std::unexpected(readable.error());
  const core::Result<> headed =
      co_await core::io::write_all(ring, fd->get(), builder->initial_head(), 0);
  if (!headed) co_return std::unexpected(headed.error());
  std::unique_ptr<TrackWriter> writer(
      new TrackWriter(ring, std::move(track), std::move(*builder), std::move(*fd)));
  // Nobody is sent more than an index names, so that the size may be said to be without end.
  writer->shared_ =
      std::make_shared<http::OpenFile>(std::move(*readable), std::numeric_limits<uint64_t>::max());
  co_return writer;
}

core::Task<core::Result<>> TrackWriter::append(const fmp4::Fragment& fragment,
                                               std::span<const std::byte> bytes) {
  const core::Result<track::TrackEntry> entry =
      builder_.append(fragment, static_cast<uint32_t>(bytes.size()));
  if (!entry) co_return std::unexpected(entry.error());
  co_return co_await core::io::write_all(ring_, fd_.get(), bytes, entry->offset);
}

core::Task<core::Result<>> TrackWriter::finish() {
  core::Result<track::FinalHead> last = builder_.finish();
  if (!last) co_return std::unexpected(last.error());
  core::Result<> done =
      co_await core::io::write_all(ring_, fd_.get(), last->tail, last->tail_offset);
  if (!done) co_return done;
  done = co_await core::io::Fsync(ring_, fd_.get());
  if (!done) co_return done;
  file_size_ = last->tail_offset + last->tail.size();
  done = co_await core::io::write_all(ring_, fd_.get(), last->head, 0);
  if (!done) co_return done;
  co_return co_await core::io::Fsync(ring_, fd_.get());
}

core::Task<core::Result<>> TrackWriter::publish() {
  co_return co_await core::io::Rename(ring_, track_.path + ".part", track_.path);
}

StoredRendition TrackWriter::rendition() const {
  return {.rendition = {.quality = track_.quality,
                        .index = builder_.snapshot(),
                        .declared_peak_bps = track_.declared_peak_bps,
                        .declared_average_bps = track_.declared_average_bps},
          .file = shared_};
}

}  // namespace millrace::media::library
