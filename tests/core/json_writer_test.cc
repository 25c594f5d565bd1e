#include "core/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace millrace::core {
namespace {

template <class T>
std::string text_of(const T& value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

TEST(JsonWriter, WritesANestedDocumentWithCommasWhereTheyBelong) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("id", "abc")
      .key("tags").begin_array().value("a").value(std::string("b")).end_array()
      .key("empty").begin_object().end_object()
      .key("none").begin_array().end_array()
      .member("size", uint64_t{18446744073709551615U})
      .member("offset", int8_t{-5})
      .member("ready", false)
      .member("poster", nullptr)
      .member("title", std::optional<std::string_view>("t"))
      .member("failure", std::optional<int>())
      .end_object();
  EXPECT_EQ(out,
            R"({"id":"abc","tags":["a","b"],"empty":{},"none":[],"size":18446744073709551615,)"
            R"("offset":-5,"ready":false,"poster":null,"title":"t","failure":null})");
  EXPECT_TRUE(json.done());
}

TEST(JsonWriter, EscapesWhatJsonForbidsInAString) {
  EXPECT_EQ(text_of(std::string_view("\"\\\n\r\t\0\x1F\x7F/é", 11)),
            "\"\\\"\\\\\\n\\r\\t\\u0000\\u001f\\u007f/é\"");
}

TEST(JsonWriter, ReplacesBadUtf8) {
  EXPECT_EQ(text_of("a\xFF\xE2\x82z"), "\"a\uFFFD\uFFFD\uFFFDz\"");
}

TEST(JsonWriter, WritesNumbersThatJsonCannotHoldAsNull) {
  EXPECT_EQ(text_of(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(text_of(std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonWriter, WritesDoublesAsTheShortestTextThatReadsBack) {
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(29.97), "29.97");
  EXPECT_EQ(text_of(-0.0), "0");
  EXPECT_EQ(text_of(30.0), "30");
  EXPECT_EQ(text_of(0x1p64), "1.8446744073709552e+19") << "an integer reader would overflow";
}

TEST(JsonWriter, TakesOverAValueThatIsAlreadyWritten) {
  std::string out;
  JsonWriter(out).begin_array().written_value("{\"a\":1}").value(2).end_array();
  EXPECT_EQ(out, "[{\"a\":1},2]");
}

TEST(JsonWriterDeathTest, StopsAtACallOutOfOrder) {
  std::string out;
  EXPECT_DEATH(JsonWriter(out).begin_object().value(1), "assertion failed");
  EXPECT_DEATH(JsonWriter(out).begin_object().key("a").end_object(), "assertion failed");
  EXPECT_DEATH(JsonWriter(out).begin_array().end_object(), "assertion failed");
  EXPECT_DEATH(JsonWriter(out).begin_array().key("a"), "assertion failed");
  EXPECT_DEATH(JsonWriter(out).value(1).value(2), "assertion failed");
}

}  // namespace
}  // namespace millrace::core
