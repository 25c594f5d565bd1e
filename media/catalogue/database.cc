#include "media/catalogue/database.h"

#include <sqlite3.h>

#include <cerrno>

#include "core/assert.h"

namespace millrace::media::catalogue {
namespace {

using core::ErrorCode;

std::unexpected<core::Error> failure(sqlite3* connection, int code) {
  switch (code & 0xff) {  // The low byte is the primary code; the rest is detail.
    case SQLITE_FULL:
      return core::fail(ErrorCode::kNoSpace, "the disk of the catalogue is full");
    case SQLITE_CORRUPT:
      return core::fail(ErrorCode::kMalformed, "the catalogue file is damaged");
    case SQLITE_NOTADB:
      return core::fail(ErrorCode::kMalformed, "the catalogue file is not a database");
    case SQLITE_CONSTRAINT:
      return core::fail(ErrorCode::kConflict, "the catalogue refuses a row that breaks its rules");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return core::fail(ErrorCode::kOverloaded, "another process holds the catalogue file");
    case SQLITE_NOMEM:
      return core::fail(ErrorCode::kOverloaded, "no memory for the catalogue");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return core::os_failure(EACCES, "write the catalogue file");
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: {
      const int os_errno = connection == nullptr ? 0 : sqlite3_system_errno(connection);
      return core::os_failure(os_errno == 0 ? EIO : os_errno, "read or write the catalogue file");
    }
    default:
      return core::fail(ErrorCode::kInternal, "the catalogue cannot run a statement");
  }
}

// WAL: readers never wait and a commit appends. NORMAL syncs at checkpoints only; what must survive
// a power cut runs in a transaction with Durability::kMachine. 5 s: a backup tool may hold the file
// for a moment. quick_check reads the whole file, about 5 ms for 10,000 videos, and is the only way
// to find damage before it is built upon.
constexpr const char* kSetUp =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
    "PRAGMA busy_timeout = 5000; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF";

}  // namespace

Execution::~Execution() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

core::Result<bool> Execution::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure(sqlite3_db_handle(statement_), code);
}

int64_t Execution::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Execution::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return std::string(reinterpret_cast<const char*>(text), size);
}

bool Execution::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

void Statement::bind_integer(int index, int64_t value) {
  MR_ASSERT(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK);
}

void Statement::bind_text(int index, std::string_view value) {
  // Fails only beyond SQLite's limit of 1 GB, and callers bound what clients may send to kilobytes.
  const int code = sqlite3_bind_text64(statement_.get(), index, value.data(), value.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8);
  MR_ASSERT(code == SQLITE_OK || code == SQLITE_NOMEM);
}

void Statement::bind_null(int index) {
  MR_ASSERT(sqlite3_bind_null(statement_.get(), index) == SQLITE_OK);
}

void Database::Close::operator()(sqlite3* connection) const noexcept {
  sqlite3_close_v2(connection);
}

core::Result<Database> Database::open(const std::string& path) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &connection,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  Database database(connection);  // SQLite gives a connection to close even when it fails.
  if (code != SQLITE_OK) return failure(connection, code);
  if (const auto done = database.execute(kSetUp); !done) return std::unexpected(done.error());
  core::Result<Statement> check = database.prepare("PRAGMA quick_check(1)");
  if (!check) return std::unexpected(check.error());
  Execution verdict = check->run();
  const core::Result<bool> row = verdict.step();
  if (!row) return std::unexpected(row.error());
  if (!*row || verdict.text(0) != "ok") return failure(connection, SQLITE_CORRUPT);
  return database;
}

core::Result<> Database::execute(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(connection_.get(), code);
  return {};
}

core::Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) return failure(connection_.get(), code);
  return Statement(statement);
}

core::Result<int64_t> Database::integer(const char* sql) {
  core::Result<Statement> statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  Execution execution = statement->run();
  const core::Result<bool> row = execution.step();
  if (!row) return std::unexpected(row.error());
  return *row ? execution.integer(0) : 0;
}

int64_t Database::last_row_id() const { return sqlite3_last_insert_rowid(connection_.get()); }

int64_t Database::changed_row_count() const { return sqlite3_changes64(connection_.get()); }

std::string Database::last_message() const { return sqlite3_errmsg(connection_.get()); }

core::Result<Transaction> Transaction::begin(Database& database, Durability durability) {
  // The level cannot be changed inside a transaction, so that it is set before each.
  const char* sql = durability == Durability::kMachine
                        ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
                        : "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE";
  if (const auto done = database.execute(sql); !done) return std::unexpected(done.error());
  return Transaction(database);
}

Transaction::~Transaction() {
  // SQLite may have rolled back by itself (disk full): then this fails, and nothing is lost by it.
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

core::Result<> Transaction::commit() {
  const core::Result<> done = database_->execute("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

}  // namespace millrace::media::catalogue
