// `Upload-Metadata` of tus: what the client says about its file. Hostile text: nothing of it ever
// names a path on the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace millrace::media::upload {

struct MetadataEntry {
  std::string key;
  std::string value;  ///< Any bytes.
  bool operator==(const MetadataEntry&) const = default;
};

/// 8 KiB: half of the head that the server reads. Titles and names take a few hundred bytes.
inline constexpr size_t kMetadataSizeMax = 8 * 1024;
inline constexpr size_t kMetadataEntryCountMax = 32;
inline constexpr size_t kTitleSizeMax = 200;
inline constexpr size_t kFileNameSizeMax = 255;

/// Pairs of a key and its value in base64, in the order of the header. An empty header has none.
/// Errors: kMalformed, kTooLarge. (tus 1.0.0, Creation, Upload-Metadata)
core::Result<std::vector<MetadataEntry>> parse_metadata(std::string_view header);

/// What the catalogue keeps: valid UTF-8 without control characters, cut to the limits above.
struct FileDescription {
  std::string title;      ///< Never empty.
  std::string file_name;  ///< The last component only; may be empty.
  bool operator==(const FileDescription&) const = default;
};

/// From the keys that tus clients use: `filename` or `name`, and `title`. Without a title it is the
/// file's name without its extension.
FileDescription describe_file(const std::vector<MetadataEntry>& metadata);
FileDescription describe_file(std::string_view title, std::string_view file_name);

}  // namespace millrace::media::upload
