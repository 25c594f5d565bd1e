#include "media/library/download_cache.h"

#include <algorithm>
#include <span>

#include "core/core.h"
#include "core/gate.h"
#include "core/io/files.h"
#include "media/vod/download.h"

namespace millrace::media::library {
namespace {

// Enough to keep a disk busy, few enough that other reads of this core are not behind a crowd.
constexpr size_t kReadsAtOnce = 16;

struct HeadRead {
  std::vector<std::byte> bytes;
  core::Result<> done;
};

core::Task<void> read_head(core::Ring& ring, int fd, vod::HeadRange range, HeadRead& into,
                           core::Gate::Pass /*under_way*/) {
  into.bytes.resize(range.size);
  into.done = co_await core::io::read_exactly(ring, fd, into.bytes, range.offset);
}

core::Task<core::Result<>> read_heads(core::Ring& ring, const VideoTracks& tracks,
                                      vod::Download& download) {
  std::span<const vod::HeadRange> rest = download.heads();
  std::vector<HeadRead> reads(std::min(kReadsAtOnce, rest.size()));
  while (!rest.empty()) {
    const auto batch = rest.first(std::min(kReadsAtOnce, rest.size()));
    core::Gate under_way;
    for (size_t i = 0; i < batch.size(); ++i) {
      const int fd = tracks.file(batch[i].rendition)->fd();
      core::Core::current().spawn(read_head(ring, fd, batch[i], reads[i], under_way.enter()));
    }
    co_await under_way.empty();
    for (size_t i = 0; i < batch.size(); ++i) {
      if (!reads[i].done) co_return reads[i].done;
      const core::Result<> added = download.add_head(reads[i].bytes);
      if (!added) co_return added;
    }
    rest = rest.subspan(batch.size());
  }
  co_return core::Result<>{};
}

}  // namespace

core::Task<DownloadCache::Layout> DownloadCache::lay_out(const Wanted& wanted) {
  const VideoTracks& tracks = *wanted.tracks;
  core::Result<vod::Download> download =
      vod::Download::create(tracks.presentation(), wanted.format);
  if (!download) co_return std::unexpected(download.error());
  const core::Result<> read = co_await read_heads(ring_, tracks, *download);
  if (!read) co_return std::unexpected(read.error());
  const core::Result<fmp4::ProgressiveFile> file = download->lay_out();
  if (!file) co_return std::unexpected(file.error());
  auto layout = std::make_shared<http::FileLayout>(
      std::string(reinterpret_cast<const char*>(file->head.data()), file->head.size()));
  for (const fmp4::TrackSlice& slice : file->slices) {
    layout->append(static_cast<uint32_t>(slice.track), slice.offset, slice.size);
  }
  co_return layout;
}

core::Task<DownloadCache::Layout> DownloadCache::find(Wanted wanted,
                                                      core::Cancellation& cancellation) {
  const std::string& id = wanted.tracks->presentation().id;
  const auto known = std::ranges::find_if(entries_, [&](const std::shared_ptr<Entry>& entry) {
    return entry->video_id == id && entry->itag == wanted.format.itag &&
           entry->version == wanted.version;
  });
  if (known != entries_.end()) {
    const std::shared_ptr<Entry> entry = *known;
    entries_.splice(entries_.begin(), entries_, known);
    const core::Result<> made = co_await entry->made.wait(&cancellation);
    if (!made) co_return std::unexpected(made.error());
    co_return *entry->layout;
  }
  if (shelf_.find(id) == nullptr) {
    // Nobody would take it out again.
    co_return core::fail(core::ErrorCode::kNotFound, "the video was removed");
  }
  const auto entry = std::make_shared<Entry>();
  entry->video_id = id;
  entry->version = wanted.version;
  entry->itag = wanted.format.itag;
  entries_.push_front(entry);
  if (entries_.size() > kLayoutsMax) entries_.pop_back();
  entry->layout = co_await lay_out(wanted);
  if (!*entry->layout) entries_.remove(entry);  // Asked again, it is tried again.
  entry->made.set();
  co_return *entry->layout;
}

void DownloadCache::forget(std::string_view video_id) {
  std::erase_if(entries_,
                [&](const std::shared_ptr<Entry>& entry) { return entry->video_id == video_id; });
}

size_t DownloadCache::bytes() const noexcept {
  size_t bytes = 0;
  for (const std::shared_ptr<Entry>& entry : entries_) {
    if (entry->layout && *entry->layout) bytes += (**entry->layout)->memory_bytes();
  }
  return bytes;
}

}  // namespace millrace::media::library
