// Between the values of records.h and the columns of a row.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "media/catalogue/database.h"
#include "media/catalogue/records.h"

namespace millrace::media::catalogue {

inline int64_t to_column(Timestamp time) { return time.time_since_epoch().count(); }
inline Timestamp timestamp_of(int64_t column) {
  return Timestamp(std::chrono::milliseconds(column));
}

/// The enumerator whose word is in that column. kMalformed: none; the file was edited by hand.
template <class Enum>
core::Result<Enum> word_of(const Execution& row, int column) {
  const std::string word = row.text(column);
  // Every enumeration of records.h starts at 0 without holes; to_string() of one beyond is empty.
  for (int value = 0; !to_string(static_cast<Enum>(value)).empty(); ++value) {
    if (to_string(static_cast<Enum>(value)) == word) return static_cast<Enum>(value);
  }
  return core::fail(core::ErrorCode::kMalformed, "unknown word in the catalogue file");
}

/// Reads the columns of one row in order.
class RowReader {
 public:
  explicit RowReader(const Execution& row) : row_(row) {}

  std::string text() { return row_.text(column_++); }
  template <class T>
  void integer(T& value) {
    value = static_cast<T>(row_.integer(column_++));
  }
  Timestamp time() { return timestamp_of(row_.integer(column_++)); }
  bool next_is_null() const { return row_.is_null(column_); }
  void skip(int columns) { column_ += columns; }
  /// False, and failed() from then on, when the word is unknown.
  template <class Enum>
  void word(Enum& value) {
    const core::Result<Enum> read = word_of<Enum>(row_, column_++);
    if (read) value = *read;
    failed_ = failed_ || !read;
  }
  bool failed() const { return failed_; }

 private:
  const Execution& row_;
  int column_ = 0;
  bool failed_ = false;
};

}  // namespace millrace::media::catalogue
