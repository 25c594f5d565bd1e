#include "media/catalogue/upload_table.h"

#include <utility>

#include "media/catalogue/columns.h"
#include "media/catalogue/prepare_all.h"

namespace millrace::media::catalogue {
namespace {

#define MR_UPLOAD_COLUMNS "id, length, metadata, title, file_name, state, created, expires"

core::Result<UploadRecord> read_upload(const Execution& row) {
  RowReader reader(row);
  UploadRecord upload;
  upload.id = reader.text();
  const bool deferred = reader.next_is_null();
  uint64_t length = 0;
  reader.integer(length);
  if (!deferred) upload.length = length;
  upload.metadata = reader.text();
  upload.title = reader.text();
  upload.file_name = reader.text();
  reader.word(upload.state);
  upload.created = reader.time();
  upload.expires = reader.time();
  if (reader.failed()) {
    return core::fail(core::ErrorCode::kMalformed, "unknown word in a row of uploads");
  }
  return upload;
}

}  // namespace

core::Result<> UploadTable::prepare(Database& database) {
  database_ = &database;
  return prepare_all(
      database,
      {{&insert_, "INSERT INTO uploads (" MR_UPLOAD_COLUMNS ") VALUES (?1,?2,?3,?4,?5,?6,?7,?8)"},
       {&select_, "SELECT " MR_UPLOAD_COLUMNS " FROM uploads WHERE id = ?1"},
       {&select_all_, "SELECT " MR_UPLOAD_COLUMNS " FROM uploads ORDER BY expires, id"},
       {&update_, "UPDATE uploads SET length = ?2, state = ?3, expires = ?4 WHERE id = ?1"},
       {&delete_, "DELETE FROM uploads WHERE id = ?1"},
       {&complete_, "UPDATE uploads SET state = 'complete', length = ?2 WHERE id = ?1"},
       {&count_, "SELECT count(*) FROM uploads WHERE state = 'receiving'"},
       {&forget_, "DELETE FROM uploads WHERE state <> 'receiving' AND expires < ?1"}});
}

core::Result<> UploadTable::insert(const UploadRecord& upload) {
  return insert_.execute(upload.id, upload.length, upload.metadata, upload.title, upload.file_name,
                         to_string(upload.state), to_column(upload.created),
                         to_column(upload.expires));
}

core::Result<UploadRecord> UploadTable::find(std::string_view id) {
  Execution row = select_.run(id);
  const core::Result<bool> found = row.step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return core::fail(core::ErrorCode::kNotFound, "no such upload");
  return read_upload(row);
}

core::Result<std::vector<UploadRecord>> UploadTable::load() {
  std::vector<UploadRecord> uploads;
  Execution rows = select_all_.run();
  for (;;) {
    const core::Result<bool> next = rows.step();
    if (!next) return std::unexpected(next.error());
    if (!*next) return uploads;
    core::Result<UploadRecord> upload = read_upload(rows);
    if (!upload) return std::unexpected(upload.error());
    uploads.push_back(std::move(*upload));
  }
}

core::Result<> UploadTable::update(const UploadRecord& upload) {
  const core::Result<> done =
      update_.execute(upload.id, upload.length, to_string(upload.state), to_column(upload.expires));
  if (!done) return done;
  if (database_->changed_row_count() == 0) {
    return core::fail(core::ErrorCode::kNotFound, "no such upload");
  }
  return {};
}

core::Result<> UploadTable::remove(std::string_view id) { return delete_.execute(id); }

core::Result<uint64_t> UploadTable::count_receiving() {
  Execution row = count_.run();
  const core::Result<bool> found = row.step();
  if (!found) return std::unexpected(found.error());
  return static_cast<uint64_t>(row.integer(0));
}

core::Result<> UploadTable::complete(std::string_view id, uint64_t length) {
  return complete_.execute(id, length);
}

core::Result<> UploadTable::forget(Timestamp expired_before) {
  return forget_.execute(to_column(expired_before));
}

}  // namespace millrace::media::catalogue
