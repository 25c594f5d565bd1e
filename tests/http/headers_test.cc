#include "http/headers.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(Headers, ReplaceRegardlessOfCase) {
  Headers headers;
  headers.set("Content-Type", "a");
  headers.add("link", "x");
  headers.add("Link", "y");
  headers.set("content-type", headers.find("Content-Type"));
  EXPECT_EQ(headers.find("CONTENT-TYPE"), "a");
  EXPECT_EQ(headers.count(), 3U);
  headers.set("LINK", "z");
  EXPECT_EQ(headers.count(), 2U);
  headers.erase("link");
  EXPECT_FALSE(headers.contains("Link"));
}

TEST(Headers, NeverLetAValueEndTheHeader) {
  Headers headers;
  headers.set("Location", std::string_view("/a\r\nSet-Cookie: b\0c", 19));
  EXPECT_EQ(headers.find("Location"), "/a  Set-Cookie: b c");
}

TEST(Headers, CollectListElementsOnce) {
  Headers headers;
  headers.add_element("Vary", "Accept-Encoding");
  headers.add_element("Vary", "Origin");
  headers.add_element("vary", "accept-encoding");
  EXPECT_EQ(headers.find("Vary"), "Accept-Encoding, Origin");
}

}  // namespace
}  // namespace millrace::http
