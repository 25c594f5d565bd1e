#include "media/upload/tus_request.h"

#include <charconv>

#include "core/base64.h"

namespace millrace::media::upload {
namespace {

/// Decimal digits only: no sign, no space, at most 2^63 - 1 so that sums with it cannot wrap.
std::optional<uint64_t> parse_number(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value > INT64_MAX) return {};
  return value;
}

size_t digest_size(core::Digest::Kind kind) {
  switch (kind) {
    case core::Digest::Kind::kMd5:
      return 16;
    case core::Digest::Kind::kSha1:
      return 20;
    case core::Digest::Kind::kSha256:
      return 32;
    case core::Digest::Kind::kCrc32:
      return 4;
  }
  return 0;
}

/// `Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=`
Accepted<std::optional<Checksum>> parse_checksum(std::string_view field) {
  if (field.empty()) return std::optional<Checksum>();
  const size_t space = field.find(' ');
  if (space == std::string_view::npos) {
    return refuse(400, "Upload-Checksum must be an algorithm, a space and a digest in base64");
  }
  const auto kind = core::Digest::kind_named(field.substr(0, space));
  if (!kind) return refuse(400, "Upload-Checksum must use sha1, md5, sha256 or crc32");
  core::Result<std::string> digest = core::decode_base64(field.substr(space + 1));
  if (!digest || digest->size() != digest_size(*kind)) {
    return refuse(400, "the digest of Upload-Checksum is not base64 of the algorithm's size");
  }
  return std::optional(Checksum{.kind = *kind, .digest = std::move(*digest)});
}

/// A type may carry parameters; none changes its meaning here.
bool is_tus_content_type(std::string_view field) {
  field = field.substr(0, field.find(';'));
  while (!field.empty() && field.back() == ' ') field.remove_suffix(1);
  return field == kTusContentType;
}

Accepted<std::optional<uint64_t>> parse_creation_length(const TusFields& fields,
                                                        uint64_t size_max) {
  if (fields.length.empty() == fields.defer_length.empty()) {
    return refuse(400, "exactly one of Upload-Length and Upload-Defer-Length is required");
  }
  if (!fields.defer_length.empty()) {
    if (fields.defer_length != "1") return refuse(400, "Upload-Defer-Length must be 1");
    return std::optional<uint64_t>();
  }
  const std::optional<uint64_t> length = parse_number(fields.length);
  if (!length) return refuse(400, "Upload-Length must be a decimal number");
  if (*length == 0) return refuse(400, "the file is empty");
  if (*length > size_max) return refuse(413, "the file is larger than Tus-Max-Size");
  return length;
}

}  // namespace

Accepted<> check_version(const TusFields& fields) {
  if (fields.resumable != kTusVersion) return refuse(412, "Tus-Resumable must be 1.0.0");
  return {};
}

Accepted<Creation> parse_creation(const TusFields& fields, uint64_t size_max) {
  if (!fields.concat.empty()) return refuse(400, "concatenation of uploads is not offered");
  if (fields.has_body && !is_tus_content_type(fields.content_type)) {
    return refuse(415, "a body must be application/offset+octet-stream");
  }
  const auto length = parse_creation_length(fields, size_max);
  if (!length) return std::unexpected(length.error());
  auto metadata = parse_metadata(fields.metadata);
  if (!metadata) return refuse(400, metadata.error().what);
  auto checksum = parse_checksum(fields.checksum);
  if (!checksum) return std::unexpected(checksum.error());
  return Creation{
      .length = *length, .metadata = std::move(*metadata), .checksum = std::move(*checksum)};
}

Accepted<Append> parse_append(const TusFields& fields) {
  if (!is_tus_content_type(fields.content_type)) {
    return refuse(415, "Content-Type must be application/offset+octet-stream");
  }
  const std::optional<uint64_t> offset = parse_number(fields.offset);
  if (!offset) return refuse(400, "Upload-Offset must be a decimal number");
  Append append{.offset = *offset, .content_length = fields.content_length};
  if (!fields.length.empty()) {
    append.length = parse_number(fields.length);
    if (!append.length) return refuse(400, "Upload-Length must be a decimal number");
  }
  auto checksum = parse_checksum(fields.checksum);
  if (!checksum) return std::unexpected(checksum.error());
  append.checksum = std::move(*checksum);
  return append;
}

}  // namespace millrace::media::upload
