#include "media/library/track_loader.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>

#include "core/hash.h"
#include "core/io/files.h"
#include "core/io/open_at.h"
#include "core/io/statx.h"
#include "core/log.h"
#include "media/track/track_head.h"

namespace millrace::media::library {
namespace {

using Tracks = core::Result<core::Snapshot<VideoTracks>>;

/// The bytes of the head: one read, or for a track of more than an hour one more for each box that
/// begins beyond what was read.
core::Task<core::Result<std::vector<std::byte>>> read_head(core::Ring& ring, int fd,
                                                           uint64_t file_size) {
  std::vector<std::byte> head;
  size_t wanted = std::min<uint64_t>(file_size, track::kHeadReadSize);
  while (wanted > head.size()) {
    const size_t had = head.size();
    head.resize(wanted);
    const core::Result<> got =
        co_await core::io::read_exactly(ring, fd, std::span(head).subspan(had), had);
    if (!got) co_return std::unexpected(got.error());
    const core::Result<size_t> needed = track::track_head_size(head, file_size);
    if (!needed) co_return std::unexpected(needed.error());
    wanted = *needed;
  }
  co_return head;
}

core::Task<core::Result<track::TrackIndex>> read_index(core::Ring& ring, int fd,
                                                       uint64_t file_size) {
  const core::Result<std::vector<std::byte>> head = co_await read_head(ring, fd, file_size);
  if (!head) co_return std::unexpected(head.error());
  core::Result<track::TrackHeadReader> reader = track::TrackHeadReader::open(*head, file_size);
  if (!reader) co_return std::unexpected(reader.error());
  if (reader->tail()) {
    std::vector<std::byte> tail(reader->tail()->size);
    core::Result<> got = co_await core::io::read_exactly(ring, fd, tail, reader->tail()->offset);
    if (got) got = reader->take_tail(tail);
    if (!got) co_return std::unexpected(got.error());
  }
  co_return reader->index();
}

/// Nothing is wrong with the file: the machine was short of something, or the core ends.
bool may_pass(const core::Error& error) noexcept {
  switch (error.code) {
    case core::ErrorCode::kNotFound:
    case core::ErrorCode::kMalformed:
    case core::ErrorCode::kUnsupported:
      return false;
    default:
      return error.os_errno != EIO;
  }
}

}  // namespace

core::Task<core::Result<StoredRendition>> open_track(core::Ring& ring, std::string path,
                                                     std::string quality) {
  core::Result<core::UniqueFd> fd = co_await core::io::OpenAt(ring, std::move(path), O_RDONLY);
  if (!fd) co_return std::unexpected(fd.error());
  const core::Result<struct statx> status = co_await core::io::Statx(ring, fd->get());
  if (!status) co_return std::unexpected(status.error());
  const uint64_t size = status->stx_size;
  core::Result<track::TrackIndex> index = co_await read_index(ring, fd->get(), size);
  if (!index) co_return std::unexpected(index.error());
  const auto modified = std::chrono::system_clock::from_time_t(status->stx_mtime.tv_sec);
  // Of this machine's file: a validator for whole-track downloads, which are not shared by name
  // between machines.
  std::string etag =
      fmt::format("\"{:x}-{:x}-{:x}\"", size, status->stx_mtime.tv_sec, status->stx_mtime.tv_nsec);
  auto file = std::make_shared<http::OpenFile>(std::move(*fd), size, std::move(etag), modified);
  co_return StoredRendition{
      .rendition = {.quality = std::move(quality), .index = std::move(*index)},
      .file = std::move(file)};
}

core::Task<Tracks> TrackLoader::read(const catalogue::VideoRecord& video) {
  std::vector<StoredRendition> renditions;
  std::optional<core::Error> failure;
  for (const catalogue::FormatRecord& format : video.formats) {
    if (format.kind == catalogue::FormatKind::kMuxed) continue;  // Made of the others.
    if (format.state != catalogue::FormatState::kReady) continue;
    core::Result<StoredRendition> track =
        co_await open_track(ring_, paths_.track(video.id, format.quality), format.quality);
    if (!track) {
      core::log::event(
          core::log::Level::kError, "library.track_unreadable",
          {{"video", video.id}, {"quality", format.quality}, {"error", track.error()}});
      // The whole video is asked for again when the next one comes who wants it.
      if (may_pass(track.error())) co_return std::unexpected(track.error());
      if (!failure) failure = track.error();
      continue;
    }
    renditions.push_back(std::move(*track));
  }
  if (renditions.empty() && failure) co_return std::unexpected(*failure);
  co_return std::make_shared<VideoTracks>(video.id, std::move(renditions));
}

core::Task<Tracks> TrackLoader::load(core::Snapshot<catalogue::VideoRecord> video,
                                     core::Cancellation& cancellation) {
  const auto found = entries_.find(video->id);
  if (found != entries_.end()) {
    const std::shared_ptr<Entry> entry = found->second;
    ages_.splice(ages_.begin(), ages_, entry->age);
    const core::Result<> loaded = co_await entry->loaded.wait(&cancellation);
    if (!loaded) co_return std::unexpected(loaded.error());
    if (entry->failure) co_return std::unexpected(*entry->failure);
    co_return entry->tracks;
  }
  const auto entry = std::make_shared<Entry>();
  ages_.push_front(video->id);
  entry->age = ages_.begin();
  entries_.emplace(video->id, entry);
  drop_oldest();

  Tracks tracks = co_await read(*video);
  if (tracks) {
    entry->tracks = *tracks;
  } else {
    entry->failure = tracks.error();
    // Asked again, it is tried again.
    const auto still = entries_.find(video->id);
    if (still != entries_.end() && still->second == entry) forget(video->id);
  }
  entry->loaded.set();
  co_return tracks;
}

void TrackLoader::forget(std::string_view video_id) {
  const auto found = entries_.find(std::string(video_id));
  if (found == entries_.end()) return;
  ages_.erase(found->second->age);
  entries_.erase(found);
}

void TrackLoader::drop_oldest() {
  while (ages_.size() > kVideosMax) {
    const std::string oldest = ages_.back();
    forget(oldest);
  }
}

size_t TrackLoader::file_count() const noexcept {
  size_t count = 0;
  for (const auto& [id, entry] : entries_) {
    if (entry->tracks != nullptr) count += entry->tracks->presentation().renditions.size();
  }
  return count;
}

}  // namespace millrace::media::library
