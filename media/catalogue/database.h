// SQLite behind values: a connection, prepared statements and transactions that clean up after
// themselves. One thread uses a connection and all that came from it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace millrace::media::catalogue {

/// One run of a statement. Rows are read by step() while it returns true; the destructor makes the
/// statement ready for its next run. Columns count from 0; text is valid until the next step().
class Execution {
 public:
  explicit Execution(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  Execution(Execution&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Execution& operator=(Execution&&) = delete;
  ~Execution();

  /// True: a row is there. Errors: kNoSpace, kConflict (a constraint), kMalformed (a damaged file),
  /// kOs, kOverloaded (another process holds the file).
  core::Result<bool> step();
  int64_t integer(int column) const;
  std::string text(int column) const;
  bool is_null(int column) const;

 private:
  sqlite3_stmt* statement_;
};

/// A prepared statement, kept for the life of the connection.
class Statement {
 public:
  Statement() = default;

  /// Binds the values in order. An empty optional and nullptr are NULL; text is copied.
  template <class... Values>
  Execution run(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return Execution(statement_.get());
  }
  /// Runs to the end, for statements without rows.
  template <class... Values>
  core::Result<> execute(const Values&... values) {
    Execution execution = run(values...);
    for (;;) {
      const core::Result<bool> row = execution.step();
      if (!row) return std::unexpected(row.error());
      if (!*row) return {};
    }
  }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit Statement(sqlite3_stmt* statement) noexcept : statement_(statement) {}

  template <class T>
  void bind(int index, const T& value) {
    if constexpr (std::is_integral_v<T>) {
      bind_integer(index, static_cast<int64_t>(value));
    } else if constexpr (std::is_same_v<T, std::nullptr_t>) {
      bind_null(index);
    } else if constexpr (requires { value.has_value(); }) {
      value.has_value() ? bind(index, *value) : bind_null(index);
    } else {
      bind_text(index, value);
    }
  }
  void bind_integer(int index, int64_t value);
  void bind_text(int index, std::string_view value);
  void bind_null(int index);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// How long a committed transaction must last.
enum class Durability : uint8_t {
  kProcess,  ///< Survives the death of the process, not always that of the machine.
  kMachine,  ///< On stable storage before commit returns: what was acknowledged to a client.
};

class Database {
 public:
  /// Opens or creates the file (":memory:" for tests), in WAL mode. Errors: kMalformed (not a
  /// catalogue, or damaged), kNoSpace, kOs (permission, missing folder).
  static core::Result<Database> open(const std::string& path);

  core::Result<> execute(const char* sql);
  core::Result<Statement> prepare(const char* sql);
  core::Result<int64_t> integer(const char* sql);
  int64_t last_row_id() const;
  /// Rows that the last statement inserted, changed or deleted.
  int64_t changed_row_count() const;
  /// SQLite's words about the last failure, for the log.
  std::string last_message() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const noexcept;
  };
  explicit Database(sqlite3* connection) noexcept : connection_(connection) {}

  std::unique_ptr<sqlite3, Close> connection_;
};

/// Rolls back unless committed.
class Transaction {
 public:
  static core::Result<Transaction> begin(Database& database, Durability durability);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  core::Result<> commit();

 private:
  explicit Transaction(Database& database) noexcept : database_(&database) {}

  Database* database_;
};

}  // namespace millrace::media::catalogue
