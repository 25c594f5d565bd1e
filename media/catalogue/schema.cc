#include "media/catalogue/schema.h"

#include <array>
#include <string>

namespace millrace::media::catalogue {
namespace {

// Times are milliseconds since 1970 in UTC, durations microseconds, sizes bytes. Tags are joined by
// U+001F, which no tag may hold.
constexpr const char* kTables = R"sql(
CREATE TABLE videos (
  id            TEXT PRIMARY KEY,
  title         TEXT NOT NULL,
  tags          TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('uploading','queued','processing','ready','failed')),
  failure_reason TEXT,
  failure_detail TEXT,
  created       INTEGER NOT NULL,
  size          INTEGER NOT NULL,
  file_name     TEXT NOT NULL,
  container     TEXT NOT NULL,
  video_codec   TEXT NOT NULL,
  audio_codec   TEXT NOT NULL,
  width         INTEGER NOT NULL,
  height        INTEGER NOT NULL,
  frame_rate_num INTEGER NOT NULL,
  frame_rate_den INTEGER NOT NULL,
  duration      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE formats (
  video_id      TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  quality       TEXT NOT NULL,
  kind          TEXT NOT NULL CHECK (kind IN ('video','audio','muxed')),
  container     TEXT NOT NULL,
  codecs        TEXT NOT NULL,
  width         INTEGER NOT NULL,
  height        INTEGER NOT NULL,
  frame_rate_num INTEGER NOT NULL,
  frame_rate_den INTEGER NOT NULL,
  average_bitrate_bps INTEGER NOT NULL,
  peak_bitrate_bps    INTEGER NOT NULL,
  size          INTEGER NOT NULL,
  itag          INTEGER NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('processing','ready')),
  PRIMARY KEY (video_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE jobs (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  video_id      TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
  kind          TEXT NOT NULL CHECK (kind IN ('transcode','export')),
  target        TEXT NOT NULL,
  priority      INTEGER NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('queued','running')),
  attempts      INTEGER NOT NULL,
  not_before    INTEGER NOT NULL,
  last_error    TEXT NOT NULL,
  created       INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_queued ON jobs (created - 60000 * priority, id) WHERE state = 'queued';
CREATE INDEX jobs_of_video ON jobs (video_id);
CREATE TABLE uploads (
  id            TEXT PRIMARY KEY,
  length        INTEGER,
  metadata      TEXT NOT NULL,
  title         TEXT NOT NULL,
  file_name     TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('receiving','complete','terminated','expired')),
  created       INTEGER NOT NULL,
  expires       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX uploads_expiry ON uploads (expires);
)sql";

constexpr const char* kImagesAndRemovals = R"sql(
ALTER TABLE videos ADD COLUMN has_poster INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN storyboard_columns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN storyboard_rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN storyboard_tile_width INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN storyboard_tile_height INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN storyboard_tile_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE videos ADD COLUMN storyboard_interval_ms INTEGER NOT NULL DEFAULT 0;
CREATE TABLE removals (video_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
)sql";

constexpr const char* kInterruptions = R"sql(
ALTER TABLE jobs ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
)sql";

constexpr std::array kSteps{kTables, kImagesAndRemovals, kInterruptions};

}  // namespace

std::span<const char* const> schema_steps() { return kSteps; }

core::Result<> migrate(Database& database) {
  const core::Result<int64_t> version = database.integer("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version < 0 || *version > static_cast<int64_t>(kSteps.size())) {
    return core::fail(core::ErrorCode::kUnsupported,
                      "the catalogue file was made by a newer millrace");
  }
  for (size_t step = static_cast<size_t>(*version); step < kSteps.size(); ++step) {
    auto transaction = Transaction::begin(database, Durability::kMachine);
    if (!transaction) return std::unexpected(transaction.error());
    if (const auto done = database.execute(kSteps[step]); !done) return done;
    // A pragma takes no bound values. It is part of the transaction, so version and tables agree.
    const std::string mark = "PRAGMA user_version = " + std::to_string(step + 1);
    if (const auto done = database.execute(mark.c_str()); !done) return done;
    if (const auto done = transaction->commit(); !done) return done;
  }
  return {};
}

}  // namespace millrace::media::catalogue
