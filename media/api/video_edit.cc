#include "media/api/video_edit.h"

#include <algorithm>

#include "core/json.h"

namespace millrace::media::api {
namespace {

/// Code points of text that is UTF-8 already, as parsed JSON is.
size_t character_count(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// C0, DEL and C1 (Unicode 15.0, 23.1), in UTF-8 that is well-formed already.
bool has_control_character(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

core::Result<std::string> read_line(const core::JsonValue& value, size_t characters_max,
                                    const char* rule) {
  const std::optional<std::string_view> text = value.as_string();
  if (!text || text->empty() || character_count(*text) > characters_max ||
      has_control_character(*text)) {
    return core::fail(core::ErrorCode::kInvalid, rule);
  }
  return std::string(*text);
}

core::Result<std::vector<std::string>> read_tags(const core::JsonValue& value) {
  const core::JsonValue::Array* array = value.as_array();
  if (array == nullptr || array->size() > kTagsMax) {
    return core::fail(core::ErrorCode::kInvalid, "tags must be an array of at most 32 strings");
  }
  std::vector<std::string> tags;
  for (const core::JsonValue& item : *array) {
    core::Result<std::string> tag =
        read_line(item, kTagCharactersMax, "a tag must be a line of 1 to 64 characters");
    if (!tag) return std::unexpected(tag.error());
    tags.push_back(std::move(*tag));
  }
  return tags;
}

}  // namespace

core::Result<VideoEdit> parse_video_edit(std::string_view json) {
  const core::Result<core::JsonValue> document = core::parse_json(json);
  if (!document) return std::unexpected(document.error());
  const core::JsonValue::Object* object = document->as_object();
  if (object == nullptr || object->empty()) {
    return core::fail(core::ErrorCode::kInvalid, "send an object with title, tags or both");
  }
  VideoEdit edit;
  for (const auto& [name, value] : *object) {
    if (name == "title") {
      core::Result<std::string> title =
          read_line(value, kTitleCharactersMax, "title must be a line of 1 to 200 characters");
      if (!title) return std::unexpected(title.error());
      edit.title = std::move(*title);
    } else if (name == "tags") {
      core::Result<std::vector<std::string>> tags = read_tags(value);
      if (!tags) return std::unexpected(tags.error());
      edit.tags = std::move(*tags);
    } else {
      return core::fail(core::ErrorCode::kInvalid, "only title and tags can be changed");
    }
  }
  return edit;
}

}  // namespace millrace::media::api
