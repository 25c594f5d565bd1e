// The header fields of tus 1.0.0, read strictly. Text in, values or refusals out: no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "media/upload/metadata.h"
#include "media/upload/refusal.h"

namespace millrace::media::upload {

inline constexpr std::string_view kTusVersion = "1.0.0";
inline constexpr std::string_view kTusExtensions =
    "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination";
inline constexpr std::string_view kTusChecksums = "sha1,md5,sha256,crc32";
inline constexpr std::string_view kTusContentType = "application/offset+octet-stream";

/// The fields of one request as received; empty text where a field is absent.
struct TusFields {
  std::string_view resumable;
  std::string_view content_type;
  std::string_view length;
  std::string_view defer_length;
  std::string_view offset;
  std::string_view metadata;
  std::string_view checksum;
  std::string_view concat;
  std::optional<uint64_t> content_length;  ///< Empty: no body, or a chunked one.
  bool has_body = false;
};

/// What the body's digest must be.
struct Checksum {
  core::Digest::Kind kind = core::Digest::Kind::kSha1;
  std::string digest;
  bool operator==(const Checksum&) const = default;
};

struct Creation {
  std::optional<uint64_t> length;  ///< Empty: deferred.
  std::vector<MetadataEntry> metadata;
  std::optional<Checksum> checksum;  ///< Of the body, when it brings one.
};

struct Append {
  uint64_t offset = 0;
  std::optional<uint64_t> length;          ///< Settles a deferred length.
  std::optional<uint64_t> content_length;  ///< Of this body.
  std::optional<Checksum> checksum;
};

/// 412: the client speaks another version, or none.
Accepted<> check_version(const TusFields& fields);

/// POST. 400: neither or both lengths, bad metadata or checksum, an empty file, concatenation.
/// 413: longer than `size_max`. 415: a body that is not application/offset+octet-stream.
Accepted<Creation> parse_creation(const TusFields& fields, uint64_t size_max);

/// PATCH. 400: no offset, bad numbers or checksum. 415: the wrong content type.
Accepted<Append> parse_append(const TusFields& fields);

}  // namespace millrace::media::upload
