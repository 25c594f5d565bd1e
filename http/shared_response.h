// A response that many requests get alike.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/snapshot.h"
#include "http/accept_encoding.h"
#include "http/headers.h"
#include "http/prepared_answer.h"
#include "http/response.h"

namespace millrace::http {

/// Holds a finished 200 of an object in a cache, and the fields that were made for it: all but the
/// first request get a copy of them. Its body is SharedBytes or FileSlices, of
/// which each core counts its own holders. One core.
class SharedResponse {
 public:
  explicit SharedResponse(Response response);

  /// The response anew, for a request that wants something of its own: a range, a condition.
  Response copy() const;

  /// What leaves for a request without wishes of its own.
  struct Plain {
    core::Snapshot<Headers> headers;  ///< Their names in lower case, which all versions take.
    uint64_t content_length = 0;
    SharedBytes text;  ///< The body, unless it is files().
    /// nullptr: its body is too long, or is made up in part.
    std::shared_ptr<PreparedAnswer> prepared = {};
  };
  /// nullptr: not made yet.
  const Plain* plain(ContentCoding coding) const noexcept;
  const Plain& keep(ContentCoding coding, Plain made);

  /// nullptr: the body is text.
  const FileSlices* files() const noexcept { return std::get_if<FileSlices>(&response_.body); }
  bool is_compressible() const noexcept { return is_compressible_; }
  /// What a body takes: a short one lies in a prepared answer too.
  static size_t kept_bytes(const std::string& body) noexcept {
    return body.size() * (body.size() <= PreparedAnswer::kBodyBytesMax ? 2 : 1);
  }
  /// Of a body in memory, in all its codings, and as prepared answers.
  size_t text_bytes() const noexcept;
  /// Whether a part of it has the fields of the whole: a file that is never compressed.
  bool may_be_cut() const noexcept {
    return files() != nullptr && !is_compressible_ && response_.ranges == RangePolicy::kServe;
  }

 private:
  Response response_;
  bool is_compressible_;
  std::array<std::optional<Plain>, 2> plain_;  // by coding
};

}  // namespace millrace::http
