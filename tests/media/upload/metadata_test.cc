#include "media/upload/metadata.h"

#include <gtest/gtest.h>

namespace millrace::media::upload {
namespace {

using core::ErrorCode;

std::vector<MetadataEntry> parsed(std::string_view header) {
  auto entries = parse_metadata(header);
  EXPECT_TRUE(entries) << header;
  return entries.value_or(std::vector<MetadataEntry>{});
}

ErrorCode refusal(std::string_view header) {
  const auto entries = parse_metadata(header);
  EXPECT_FALSE(entries) << header;
  return entries ? ErrorCode::kInternal : entries.error().code;
}

TEST(UploadMetadata, IsReadInTheOrderOfTheHeader) {
  const std::vector<MetadataEntry> expected{{"filename", "world_domination_plan.pdf"},
                                            {"is_confidential", ""}};
  EXPECT_EQ(parsed("filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential"), expected);
  EXPECT_EQ(parsed("filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==, is_confidential "), expected);
}

TEST(UploadMetadata, MayBeAbsent) {
  EXPECT_TRUE(parsed("").empty());
  EXPECT_TRUE(parsed("  ").empty());
}

TEST(UploadMetadata, MayHoldAnyBytesInAValue) {
  EXPECT_EQ(parsed("key AP8=")[0].value, std::string("\0\xff", 2));
}

TEST(UploadMetadata, IsRefusedWhenItsFormIsBad) {
  for (const char* header :
       {",", "a YQ==,", ",a YQ==", " ,a YQ==", "a YQ==,,b YQ==", "a Y", "a YQ",
        "a YQ=", "a  YQ==", "a YQ== YQ==", "a Y*==", "\xc3\xa4 YQ==", "a YQ==,a Yg==", "a\tYQ=="}) {
    EXPECT_EQ(refusal(header), ErrorCode::kMalformed) << header;
  }
}

TEST(UploadMetadata, IsRefusedWhenItIsTooMuch) {
  EXPECT_EQ(refusal("a " + std::string(kMetadataSizeMax, 'A')), ErrorCode::kTooLarge);
  std::string many = "k0";
  for (int i = 1; i <= 32; ++i) many += ",k" + std::to_string(i);
  EXPECT_EQ(refusal(many), ErrorCode::kTooLarge);
}

TEST(FileDescription, TakesTheTitleOrElseTheNameWithoutItsExtension) {
  EXPECT_EQ(describe_file("My film", "a.mp4"), (FileDescription{"My film", "a.mp4"}));
  EXPECT_EQ(describe_file("", "holiday.2024.mp4"),
            (FileDescription{"holiday.2024", "holiday.2024.mp4"}));
  EXPECT_EQ(describe_file("", ".mp4"), (FileDescription{".mp4", ".mp4"}));
  EXPECT_EQ(describe_file("", ""), (FileDescription{"Untitled", ""}));
}

TEST(FileDescription, KeepsOnlyTheLastComponentOfAPath) {
  EXPECT_EQ(describe_file("", "../../etc/passwd").file_name, "passwd");
  EXPECT_EQ(describe_file("", "C:\\films\\a.mkv").file_name, "a.mkv");
  EXPECT_EQ(describe_file("", "films/").file_name, "");
}

TEST(FileDescription, HoldsNoControlCharactersAndNoBrokenUtf8) {
  EXPECT_EQ(describe_file("a\nb\x01"
                          "c\x7f",
                          "")
                .title,
            "a b c");
  EXPECT_EQ(describe_file("a\xff"
                          "b",
                          "")
                .title,
            "a\uFFFDb");
}

TEST(FileDescription, IsCutBetweenCharacters) {
  std::string title;
  for (int i = 0; i < 200; ++i) title += "é";
  const std::string cut = describe_file(title, "").title;
  EXPECT_EQ(cut.size(), kTitleSizeMax);
  EXPECT_EQ(cut, title.substr(0, kTitleSizeMax));
}

TEST(FileDescription, UnderstandsTheKeysOfCommonClients) {
  EXPECT_EQ(describe_file({{"name", "x.mp4"}, {"type", "video/mp4"}}).file_name, "x.mp4");
  EXPECT_EQ(describe_file({{"name", "x.mp4"}, {"filename", "y.mp4"}, {"title", "Z"}}),
            (FileDescription{"Z", "y.mp4"}));
}

}  // namespace
}  // namespace millrace::media::upload
