// What a response carries after its header.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/cancellation.h"
#include "core/result.h"
#include "core/snapshot.h"
#include "core/task.h"
#include "http/file_layout.h"
#include "http/open_file.h"

namespace millrace::http {

/// Text or bytes that many responses share and none changes. `gzip`, when set, is the same text
/// compressed once for all of them.
struct SharedBytes {
  core::Snapshot<std::string> identity;
  core::Snapshot<std::string> gzip;
};

/// Bytes made up in memory, then runs of files in order: a generated `moov` before the samples of
/// two tracks, or just one run of a track.
struct FileSlices {
  std::string head;
  std::vector<FileSlice> slices;

  uint64_t size() const noexcept;
};

/// A body whose length nobody knows: events, or a track that still grows.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// The next bytes; empty: the end. Waits as long as there is nothing to say, and ends with the
  /// cancellation's error when the client or the server goes away. An error breaks the connection
  /// off, so that the client sees that the body is not whole.
  virtual core::Task<core::Result<std::string>> next(core::Cancellation& cancellation) = 0;
};

using Body = std::variant<std::monostate, std::string, SharedBytes, FileSlices, LayoutPart,
                          std::unique_ptr<BodyStream>>;

/// nullopt for a stream.
std::optional<uint64_t> size_of(const Body& body) noexcept;

/// Reduces a body of known size to `size` bytes from `first`; both lie within it. Copies at most
/// the part of a body that is in memory.
void cut(Body& body, uint64_t first, uint64_t size);

}  // namespace millrace::http
