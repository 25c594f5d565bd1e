#include "media/api/video_edit.h"

#include <gtest/gtest.h>

namespace millrace::media::api {
namespace {

/// What the error of `json` says; "accepted" where there is none.
std::string refusal(const std::string& json, core::ErrorCode code = core::ErrorCode::kInvalid) {
  const auto edit = parse_video_edit(json);
  if (edit) return "accepted";
  EXPECT_EQ(edit.error().code, code) << json;
  return edit.error().what;
}

std::string title_of(size_t characters, std::string_view character = "x") {
  std::string json = R"({"title":")";
  for (size_t i = 0; i < characters; ++i) json += character;
  return json + "\"}";
}

TEST(VideoEdit, ChangesWhatIsNamedAndLeavesTheRest) {
  catalogue::VideoRecord video{.title = "Old", .tags = {"a"}};
  parse_video_edit(R"({"title":"New"})")->apply(video);
  EXPECT_EQ(video.title, "New");
  EXPECT_EQ(video.tags, std::vector<std::string>{"a"});
  parse_video_edit(R"({"tags":["b","caf\u00e9"]})")->apply(video);
  EXPECT_EQ(video.title, "New");
  EXPECT_EQ(video.tags, (std::vector<std::string>{"b", "caf\xC3\xA9"}));
  parse_video_edit(R"({"tags":[],"title":"Both"})")->apply(video);
  EXPECT_EQ(video.title, "Both");
  EXPECT_TRUE(video.tags.empty());
}

TEST(VideoEdit, RefusesWhatIsNoObjectOrNamesNothing) {
  const std::string rule = "send an object with title, tags or both";
  for (const char* json : {"{}", "[]", "\"title\"", "1", "null"}) EXPECT_EQ(refusal(json), rule);
}

TEST(VideoEdit, RefusesWhatIsNoJson) {
  for (const char* text : {"", "title=New", "{\"title\":", "{\"title\":\"a\",\"title\":\"b\"}",
                           "{\"title\":\"\xFF\"}"}) {
    EXPECT_NE(refusal(text, core::ErrorCode::kMalformed), "accepted") << text;
  }
}

TEST(VideoEdit, RefusesMembersThatCannotBeChanged) {
  EXPECT_EQ(refusal(R"({"title":"New","state":"ready"})"), "only title and tags can be changed");
  EXPECT_EQ(refusal(R"({"Title":"New"})"), "only title and tags can be changed");
}

TEST(VideoEdit, CountsCharactersAndNotBytes) {
  EXPECT_EQ(refusal(title_of(kTitleCharactersMax)), "accepted");
  EXPECT_EQ(refusal(title_of(kTitleCharactersMax, "\xF0\x9F\x8E\xAC")), "accepted");
  EXPECT_EQ(refusal(title_of(kTitleCharactersMax + 1)),
            "title must be a line of 1 to 200 characters");
  EXPECT_EQ(refusal(title_of(0)), "title must be a line of 1 to 200 characters");
}

TEST(VideoEdit, RefusesATitleThatIsNoLine) {
  const std::string rule = "title must be a line of 1 to 200 characters";
  EXPECT_EQ(refusal(R"({"title":"two\nlines"})"), rule);
  EXPECT_EQ(refusal(R"({"title":"a\u0000b"})"), rule);
  EXPECT_EQ(refusal(R"({"title":"delete\u007f"})"), rule);
  EXPECT_EQ(refusal(R"({"title":"next line\u0085"})"), rule);
  EXPECT_EQ(refusal(R"({"title":"no-break\u00a0space"})"), "accepted");
  EXPECT_EQ(refusal(R"({"title":5})"), rule);
  EXPECT_EQ(refusal(R"({"title":null})"), rule);
}

TEST(VideoEdit, BoundsTheTags) {
  const auto tags = [](size_t count, size_t characters) {
    std::string json = R"({"tags":[)";
    for (size_t i = 0; i < count; ++i) {
      json += (i == 0 ? "\"" : ",\"") + std::string(characters, 't') + "\"";
    }
    return json + "]}";
  };
  EXPECT_EQ(refusal(tags(kTagsMax, kTagCharactersMax)), "accepted");
  EXPECT_EQ(refusal(tags(kTagsMax + 1, 1)), "tags must be an array of at most 32 strings");
  EXPECT_EQ(refusal(tags(1, kTagCharactersMax + 1)), "a tag must be a line of 1 to 64 characters");
  EXPECT_EQ(refusal(tags(1, 0)), "a tag must be a line of 1 to 64 characters");
  EXPECT_EQ(refusal(R"({"tags":"one"})"), "tags must be an array of at most 32 strings");
  EXPECT_EQ(refusal(R"({"tags":[["nested"]]})"), "a tag must be a line of 1 to 64 characters");
}

}  // namespace
}  // namespace millrace::media::api
