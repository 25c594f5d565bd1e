#include "http/accept_encoding.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(ChooseCoding, TakesGzipWhereTheClientLikesItAtLeastAsMuch) {  // HT-07
  for (const std::string_view field :
       {"gzip", "GZIP", "x-gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "*",
        "gzip, identity;q=1, *;q=0", "gzip;q=0.001", "identity;q=0.5, gzip;q=0.5",
        "deflate;q=0.9, gzip ; q=0.2"}) {
    EXPECT_EQ(choose_coding(field), ContentCoding::kGzip) << field;
  }
}

TEST(ChooseCoding, LeavesTheTextAloneOtherwise) {  // HT-07
  for (const std::string_view field :
       {"", "identity", "identity;q=0", "gzip;q=0", "gzip;q=0.000", "br", "*;q=0", "gzip;q=0, *",
        "identity;q=1, gzip;q=0.5", "gzip;q=2", "gzip;q=1.001", "gzip;q=", "gzip;q=abc",
        "gzip;level=9", ",,,"}) {
    EXPECT_EQ(choose_coding(field), ContentCoding::kIdentity) << field;
  }
}

}  // namespace
}  // namespace millrace::http
