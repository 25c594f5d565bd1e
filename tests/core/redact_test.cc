#include "core/redact.h"

#include <gtest/gtest.h>

namespace millrace::core {
namespace {

TEST(NamesASecret, KnowsCredentialsByTheirUsualNames) {
  for (const std::string_view name :
       {"token", "access_token", "Authorization", "Cookie", "set-cookie", "password", "CAT", "sig",
        "X-Amz-Signature", "stream_key", "key", "client_secret", "URISigningPackage", "jwt"}) {
    EXPECT_TRUE(names_a_secret(name)) << name;
  }
  for (const std::string_view name :
       {"", "stream", "category", "keyframes", "design", "late_ms", "path", "host"}) {
    EXPECT_FALSE(names_a_secret(name)) << name;
  }
}

TEST(RedactQuery, ReplacesOnlyTheValuesOfSecrets) {  // TK-05
  EXPECT_EQ(redact_query("/live/a.m3u8?token=abc.def&_HLS_msn=7&Sig=x#t"),
            "/live/a.m3u8?token=***&_HLS_msn=7&Sig=***#t");
  EXPECT_EQ(redact_query("token=abc"), "token=***");
  EXPECT_EQ(redact_query("GET /a?v=1;token=a=b HTTP/1.1"), "GET /a?v=1;token=*** HTTP/1.1");
  EXPECT_EQ(redact_query("/a?token="), "/a?token=***");
}

TEST(RedactQuery, LeavesOtherTextAsItIs) {
  for (const std::string_view text : {"", "=", "a=b", "/watch?v=dQw4w9WgXcQ&itag=22", "x == y"}) {
    EXPECT_EQ(redact_query(text), text);
  }
}

}  // namespace
}  // namespace millrace::core
