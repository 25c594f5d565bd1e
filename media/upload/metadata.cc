#include "media/upload/metadata.h"

#include <algorithm>

#include "core/base64.h"
#include "core/utf8.h"

namespace millrace::media::upload {
namespace {

using core::ErrorCode;
using core::fail;

bool is_key_character(char c) { return c > ' ' && c < '\x7f' && c != ','; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

core::Result<MetadataEntry> parse_entry(std::string_view text) {
  const size_t space = text.find(' ');
  const std::string_view key = text.substr(0, space);
  if (key.empty() || !std::ranges::all_of(key, is_key_character)) {
    return fail(ErrorCode::kMalformed, "Upload-Metadata has a key that is empty or not ASCII");
  }
  if (space == std::string_view::npos) return MetadataEntry{.key = std::string(key), .value = {}};
  core::Result<std::string> value = core::decode_base64(text.substr(space + 1));
  if (!value) return fail(ErrorCode::kMalformed, "Upload-Metadata has a value that is not base64");
  return MetadataEntry{.key = std::string(key), .value = std::move(*value)};
}

/// One line of printable text: broken sequences and control characters become spaces.
std::string printable(std::string_view text) {
  const std::string repaired = core::repair_utf8(text);
  std::string clean;
  clean.reserve(repaired.size());
  for (std::string_view rest = repaired; !rest.empty();) {
    const std::string_view character = rest.substr(0, core::utf8_sequence_size(rest));
    if (core::is_printable_utf8(character)) {
      clean += character;
    } else {
      clean += ' ';
    }
    rest.remove_prefix(character.size());
  }
  return std::string(trim(clean));
}

std::string_view without_extension(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? file_name : file_name.substr(0, dot);
}

std::string_view value_of(const std::vector<MetadataEntry>& metadata, std::string_view key) {
  const auto found = std::ranges::find(metadata, key, &MetadataEntry::key);
  return found == metadata.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace

core::Result<std::vector<MetadataEntry>> parse_metadata(std::string_view header) {
  if (header.size() > kMetadataSizeMax) {
    return fail(ErrorCode::kTooLarge, "Upload-Metadata is larger than 8 KiB");
  }
  std::vector<MetadataEntry> entries;
  header = trim(header);
  while (!header.empty()) {
    const size_t comma = header.find(',');
    core::Result<MetadataEntry> entry = parse_entry(trim(header.substr(0, comma)));
    if (!entry) return std::unexpected(entry.error());
    if (std::ranges::find(entries, entry->key, &MetadataEntry::key) != entries.end()) {
      return fail(ErrorCode::kMalformed, "Upload-Metadata has a key twice");
    }
    if (entries.size() == kMetadataEntryCountMax) {
      return fail(ErrorCode::kTooLarge, "Upload-Metadata has more than 32 keys");
    }
    entries.push_back(std::move(*entry));
    if (comma == std::string_view::npos) return entries;
    header.remove_prefix(comma + 1);
    if (trim(header).empty()) return fail(ErrorCode::kMalformed, "Upload-Metadata ends in a comma");
  }
  return entries;
}

FileDescription describe_file(std::string_view title, std::string_view file_name) {
  // Both separators: a browser on Windows may send the path as it was typed.
  const size_t slash = file_name.find_last_of("/\\");
  if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
  const std::string name = printable(file_name);
  const std::string shown = printable(title);
  FileDescription description;
  description.file_name = core::truncate_utf8(name, kFileNameSizeMax);
  description.title =
      core::truncate_utf8(shown.empty() ? without_extension(name) : shown, kTitleSizeMax);
  if (description.title.empty()) description.title = "Untitled";
  return description;
}

FileDescription describe_file(const std::vector<MetadataEntry>& metadata) {
  std::string_view name = value_of(metadata, "filename");
  if (name.empty()) name = value_of(metadata, "name");
  return describe_file(value_of(metadata, "title"), name);
}

}  // namespace millrace::media::upload
