#include "core/base64.h"

#include <gtest/gtest.h>

#include "core/hash.h"

namespace millrace::core {
namespace {

TEST(Base64, MatchesTheVectorsOfRfc4648) {  // RFC 4648, 10
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},         {"f", "Zg=="},     {"fo", "Zm8="},        {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_base64(bytes_of(bytes)), text);
    EXPECT_EQ(decode_base64(text).value(), bytes);
    const std::string_view unpadded = text.substr(0, text.find('='));
    EXPECT_EQ(encode_base64url(bytes_of(bytes)), unpadded);
    EXPECT_EQ(decode_base64url(unpadded).value(), bytes);
  }
}

TEST(Base64, UsesTheAlphabetOfItsName) {
  const std::string_view bytes = "\xFB\xFF\xBF";
  EXPECT_EQ(encode_base64(bytes_of(bytes)), "+/+/");
  EXPECT_EQ(encode_base64url(bytes_of(bytes)), "-_-_");
  EXPECT_FALSE(decode_base64("-_-_").has_value());
  EXPECT_FALSE(decode_base64url("+/+/").has_value());
}

TEST(Base64, TakesOneTextForOneSequenceOfBytes) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Z===", "====", "=", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Zg==Zg==", "Zg=a"}) {
    EXPECT_FALSE(decode_base64(text).has_value()) << text;
  }
  EXPECT_FALSE(decode_base64url("Z").has_value());
  EXPECT_FALSE(decode_base64url("Zg==").has_value());
}

}  // namespace
}  // namespace millrace::core
