#include "media/catalogue/video_table.h"

#include <unordered_map>
#include <utility>

#include "media/catalogue/columns.h"
#include "media/catalogue/prepare_all.h"

namespace millrace::media::catalogue {
namespace {

constexpr char kTagSeparator = '\x1f';

std::string join_tags(const std::vector<std::string>& tags) {
  std::string joined;
  for (const std::string& tag : tags) {
    if (!joined.empty()) joined += kTagSeparator;
    joined += tag;
  }
  return joined;
}

std::vector<std::string> split_tags(std::string_view joined) {
  std::vector<std::string> tags;
  while (!joined.empty()) {
    const size_t end = joined.find(kTagSeparator);
    tags.emplace_back(joined.substr(0, end));
    joined.remove_prefix(end == std::string_view::npos ? joined.size() : end + 1);
  }
  return tags;
}

Storyboard read_storyboard(RowReader& reader) {
  Storyboard storyboard;
  int64_t interval_ms = 0;
  reader.integer(storyboard.columns);
  reader.integer(storyboard.rows);
  reader.integer(storyboard.tile_width);
  reader.integer(storyboard.tile_height);
  reader.integer(storyboard.tile_count);
  reader.integer(interval_ms);
  storyboard.interval = std::chrono::milliseconds(interval_ms);
  return storyboard;
}

core::Result<VideoRecord> read_video(const Execution& row) {
  RowReader reader(row);
  VideoRecord video;
  video.id = reader.text();
  video.title = reader.text();
  video.tags = split_tags(reader.text());
  reader.word(video.state);
  const bool failed = !reader.next_is_null();
  VideoFailure failure;
  failure.reason = reader.text();
  failure.detail = reader.text();
  if (failed) video.failure = std::move(failure);
  video.created = reader.time();
  reader.integer(video.size);
  video.file_name = reader.text();
  video.source.container = reader.text();
  video.source.video_codec = reader.text();
  video.source.audio_codec = reader.text();
  reader.integer(video.source.width);
  reader.integer(video.source.height);
  reader.integer(video.source.frame_rate_num);
  reader.integer(video.source.frame_rate_den);
  int64_t duration_us = 0;
  reader.integer(duration_us);
  video.duration = std::chrono::microseconds(duration_us);
  int64_t has_poster = 0;
  reader.integer(has_poster);
  video.has_poster = has_poster != 0;
  const Storyboard storyboard = read_storyboard(reader);
  if (storyboard.tile_count > 0) video.storyboard = storyboard;
  if (reader.failed()) {
    return core::fail(core::ErrorCode::kMalformed, "unknown word in a row of videos");
  }
  return video;
}

core::Result<FormatRecord> read_format(const Execution& row) {
  RowReader reader(row);
  reader.skip(1);  // The video's id.
  FormatRecord format;
  format.quality = reader.text();
  reader.word(format.kind);
  format.container = reader.text();
  format.codecs = reader.text();
  reader.integer(format.width);
  reader.integer(format.height);
  reader.integer(format.frame_rate_num);
  reader.integer(format.frame_rate_den);
  reader.integer(format.average_bitrate_bps);
  reader.integer(format.peak_bitrate_bps);
  reader.integer(format.size);
  reader.integer(format.itag);
  reader.word(format.state);
  if (reader.failed()) {
    return core::fail(core::ErrorCode::kMalformed, "unknown word in a row of formats");
  }
  return format;
}

#define MR_VIDEO_COLUMNS                                                                 \
  "id, title, tags, state, failure_reason, failure_detail, created, size, file_name, "   \
  "container, video_codec, audio_codec, width, height, frame_rate_num, frame_rate_den, " \
  "duration, has_poster, storyboard_columns, storyboard_rows, storyboard_tile_width, "   \
  "storyboard_tile_height, storyboard_tile_count, storyboard_interval_ms"
#define MR_FORMAT_COLUMNS                                                       \
  "video_id, quality, kind, container, codecs, width, height, frame_rate_num, " \
  "frame_rate_den, average_bitrate_bps, peak_bitrate_bps, size, itag, state"

/// Runs a statement over every column of a video in the order of MR_VIDEO_COLUMNS.
core::Result<> write_video(Statement& statement, const VideoRecord& video) {
  const Storyboard storyboard = video.storyboard.value_or(Storyboard{});
  std::optional<std::string> reason, detail;
  if (video.failure) {
    reason = video.failure->reason;
    detail = video.failure->detail;
  }
  return statement.execute(
      video.id, video.title, join_tags(video.tags), to_string(video.state), reason, detail,
      to_column(video.created), video.size, video.file_name, video.source.container,
      video.source.video_codec, video.source.audio_codec, video.source.width, video.source.height,
      video.source.frame_rate_num, video.source.frame_rate_den, video.duration.count(),
      video.has_poster, storyboard.columns, storyboard.rows, storyboard.tile_width,
      storyboard.tile_height, storyboard.tile_count, storyboard.interval.count());
}

}  // namespace

core::Result<> VideoTable::prepare(Database& database) {
  database_ = &database;
  return prepare_all(
      database,
      {{&insert_, "INSERT INTO videos (" MR_VIDEO_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,"
                  "?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24)"},
       {&select_, "SELECT " MR_VIDEO_COLUMNS " FROM videos WHERE id = ?1"},
       {&select_all_, "SELECT " MR_VIDEO_COLUMNS " FROM videos ORDER BY id"},
       {&update_, "UPDATE videos SET (" MR_VIDEO_COLUMNS ") = (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,"
                  "?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24) WHERE id = ?1"},
       {&delete_, "DELETE FROM videos WHERE id = ?1"},
       {&requeue_, "UPDATE videos SET state = 'queued' WHERE state = 'processing'"},
       {&insert_format_, "INSERT INTO formats (" MR_FORMAT_COLUMNS ", position) VALUES "
                         "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"},
       {&select_formats_,
        "SELECT " MR_FORMAT_COLUMNS " FROM formats WHERE video_id = ?1 ORDER BY position"},
       {&select_all_formats_,
        "SELECT " MR_FORMAT_COLUMNS " FROM formats ORDER BY video_id, position"},
       {&delete_formats_, "DELETE FROM formats WHERE video_id = ?1"},
       {&drop_unfinished_, "DELETE FROM formats WHERE state = 'processing'"}});
}

core::Result<> VideoTable::insert(const VideoRecord& video) {
  if (const auto done = write_video(insert_, video); !done) return done;
  return insert_formats(video);
}

core::Result<> VideoTable::insert_formats(const VideoRecord& video) {
  int64_t position = 0;
  for (const FormatRecord& format : video.formats) {
    const core::Result<> done = insert_format_.execute(
        video.id, format.quality, to_string(format.kind), format.container, format.codecs,
        format.width, format.height, format.frame_rate_num, format.frame_rate_den,
        format.average_bitrate_bps, format.peak_bitrate_bps, format.size, format.itag,
        to_string(format.state), position++);
    if (!done) return done;
  }
  return {};
}

core::Result<VideoRecord> VideoTable::find(std::string_view id) {
  Execution row = select_.run(id);
  const core::Result<bool> found = row.step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return core::fail(core::ErrorCode::kNotFound, "no such video");
  core::Result<VideoRecord> video = read_video(row);
  if (!video) return video;
  Execution formats = select_formats_.run(id);
  for (;;) {
    const core::Result<bool> next = formats.step();
    if (!next) return std::unexpected(next.error());
    if (!*next) return video;
    core::Result<FormatRecord> format = read_format(formats);
    if (!format) return std::unexpected(format.error());
    video->formats.push_back(std::move(*format));
  }
}

core::Result<std::vector<VideoRecord>> VideoTable::load() {
  std::vector<VideoRecord> videos;
  Execution rows = select_all_.run();
  for (;;) {
    const core::Result<bool> next = rows.step();
    if (!next) return std::unexpected(next.error());
    if (!*next) break;
    core::Result<VideoRecord> video = read_video(rows);
    if (!video) return std::unexpected(video.error());
    videos.push_back(std::move(*video));
  }
  Execution formats = select_all_formats_.run();
  size_t at = 0;  // Both are in the order of the id, so that one pass joins them.
  for (;;) {
    const core::Result<bool> next = formats.step();
    if (!next) return std::unexpected(next.error());
    if (!*next) return videos;
    const std::string id = formats.text(0);
    while (at < videos.size() && videos[at].id < id) ++at;
    if (at == videos.size()) return videos;
    core::Result<FormatRecord> format = read_format(formats);
    if (!format) return std::unexpected(format.error());
    if (videos[at].id == id) videos[at].formats.push_back(std::move(*format));
  }
}

core::Result<> VideoTable::update(const VideoRecord& video) {
  if (const auto done = write_video(update_, video); !done) return done;
  if (const auto done = delete_formats_.execute(video.id); !done) return done;
  return insert_formats(video);
}

core::Result<> VideoTable::remove(std::string_view id) {
  if (const auto done = delete_.execute(id); !done) return done;
  if (database_->changed_row_count() == 0) {
    return core::fail(core::ErrorCode::kNotFound, "no such video");
  }
  return {};
}

core::Result<> VideoTable::requeue_processing() {
  if (const auto done = drop_unfinished_.execute(); !done) return done;
  return requeue_.execute();
}

}  // namespace millrace::media::catalogue
