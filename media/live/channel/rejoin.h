// Where another worker can take up a stream that is under way.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/live/ingest/publisher.h"

namespace millrace::media::live {

/// Follows the bytes of a publisher, so that a worker that is started in the middle gets what it
/// needs to know first, and then whole units: FLV needs its header and the configurations of its
/// tracks, fragmented MP4 its init segment; MPEG-TS says everything again by itself.
class Rejoin {
 public:
  virtual ~Rejoin() = default;
  static std::unique_ptr<Rejoin> create(IngestContainer container);

  /// Takes in the next bytes. Yields where in them a unit begins, or nothing where none does.
  /// Errors, for good: kMalformed, kTooLarge: not such a container; nobody can take it up.
  virtual core::Result<std::optional<size_t>> follow(std::span<const std::byte> bytes) = 0;
  /// What has to come before that place.
  [[nodiscard]] virtual std::vector<std::byte> head() const = 0;
};

}  // namespace millrace::media::live
