// Reads FLV as it arrives: over HTTP, down a ring, from a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/flv/tag.h"

namespace millrace::media::flv {

struct FlvLimits {
  /// 8 MiB: one key frame of 4K at 60 Mbit/s, sixteen times over. Not over kBodySizeMax.
  size_t body_size_max = size_t{8} << 20;
};

/// Cuts bytes, in whatever portions they come, into tags. Holds at most one tag in memory, which
/// grows as its bytes come and not as its size field promises.
///
///   FlvReader reader;
///   for (auto input = received; ; ) {
///     const auto tag = reader.next(input);  // takes its bytes off the front of `input`
///     if (!tag) return tag.error();         // no FLV (any more): the stream is lost
///     if (!tag->has_value()) break;         // `input` is used up: come again with more
///     switch ((*tag)->type) { … parse_video((*tag)->body) … }
///   }
///
/// Timestamps: 32 bits that wrap after 49.7 days. Each is taken as the number nearest to the one
/// before, of whichever track, so that they go on counting across a wrap and may be negative. The
/// first one is taken as it is. Otherwise they are as the sender wrote them: late, early, jumping.
///
/// Sizes written behind tags (PreviousTagSize) are ignored, since many writers get them wrong, and
/// so is the header's word on which tracks there are. Empty tags and those of unknown type are
/// passed over.
///
/// FLV: 'FLV' | version u8 = 1 | flags u8 | header_size u32be | … | previous_tag_size u32be | tag…
/// tag: type u8 | size u24be | timestamp u24be | timestamp_high u8 | stream_id u24be | body
///      | previous_tag_size u32be
class FlvReader {
 public:
  explicit FlvReader(FlvLimits limits = {}) noexcept : limits_(limits) {}

  /// The next tag; its body is valid until the next call. nullopt: `input` is used up and more is
  /// needed. Errors, for good: kMalformed (no FLV), kTooLarge (over body_size_max), kUnsupported
  /// (encrypted tags).
  core::Result<std::optional<Tag>> next(std::span<const std::byte>& input);
  /// True between tags: where the stream may end without losing anything.
  bool at_boundary() const noexcept {
    return state_ == State::kSkip || (state_ == State::kTagHead && held_.empty());
  }

 private:
  enum class State : uint8_t { kHeader, kSkip, kTagHead, kTagBody, kTag, kFailed };

  bool step(std::span<const std::byte>& input);
  bool collect(std::span<const std::byte>& input, size_t size);
  bool skip(std::span<const std::byte>& input) noexcept;
  void read_file_header() noexcept;
  void read_tag_head() noexcept;
  Tag take_tag() noexcept;
  void lose(core::ErrorCode code, const char* what) noexcept;

  FlvLimits limits_;
  State state_ = State::kHeader;
  core::Error failure_;
  std::vector<std::byte> held_;  // What has come of the header or tag that is being read.
  size_t body_size_ = 0;
  size_t skip_size_ = 0;
  TagType tag_type_ = TagType::kScript;
  uint32_t tag_timestamp_ = 0;
  std::optional<int64_t> last_timestamp_ms_;
};

}  // namespace millrace::media::flv
