#include "media/vod/download.h"

namespace millrace::media::vod {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<Download> Download::create(const Presentation& presentation, const Format& format) {
  Download download;
  for (const auto& part : {format.video, format.audio}) {
    if (!part) continue;
    const track::TrackIndex& index = presentation.renditions[*part].index;
    if (!index.finished()) return fail(ErrorCode::kConflict, "format is still being made");
    download.renditions_.push_back(*part);
    download.indexes_.push_back(index);
    for (size_t i = 0; i < index.size(); ++i) {
      download.heads_.push_back({.rendition = *part,
                                 .fragment = i,
                                 .offset = index[i].offset,
                                 .size = index[i].head_size});
    }
  }
  download.samples_.resize(download.renditions_.size());
  return download;
}

Result<> Download::add_head(std::span<const std::byte> bytes) {
  if (next_head_ == heads_.size()) return fail(ErrorCode::kInvalid, "one head too many");
  const HeadRange& range = heads_[next_head_];
  const size_t track = range.rendition == renditions_[0] ? 0 : 1;
  const track::TrackEntry& entry = indexes_[track][range.fragment];
  const auto fragment = fmp4::parse_fragment_head(bytes, entry.size);
  if (!fragment) return std::unexpected(fragment.error());
  if (fragment->head_size != entry.head_size || fragment->duration != entry.duration ||
      fragment->decode_time != entry.decode_time) {
    return fail(ErrorCode::kMalformed, "fragment is not what the index says");
  }
  ++next_head_;
  return samples_[track].append(*fragment, entry.offset + entry.head_size);
}

Result<fmp4::ProgressiveFile> Download::lay_out() const {
  if (next_head_ != heads_.size()) return fail(ErrorCode::kInvalid, "heads are missing");
  std::vector<fmp4::ProgressiveTrack> tracks;
  for (size_t i = 0; i < samples_.size(); ++i) {
    tracks.push_back({.format = indexes_[i].format(), .samples = samples_[i]});
  }
  return fmp4::lay_out_progressive(tracks);
}

}  // namespace millrace::media::vod
