#include "http/ranges.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

RangeSelection part(uint64_t first, uint64_t size) { return ByteRange{first, size}; }
const RangeSelection kWhole = WholeBody();
const RangeSelection kUnsatisfiable = UnsatisfiableRange();

TEST(SelectRange, ReadsTheThreeFormsOfOneRange) {  // HT-02
  EXPECT_EQ(select_range("bytes=0-99", 1000), part(0, 100));
  EXPECT_EQ(select_range("bytes=999-999", 1000), part(999, 1));
  EXPECT_EQ(select_range("bytes=500-", 1000), part(500, 500));
  EXPECT_EQ(select_range("bytes=-1", 1000), part(999, 1));
  EXPECT_EQ(select_range("bytes=-1000", 1000), part(0, 1000));
  EXPECT_EQ(select_range("Bytes= 0-0 ", 1000), part(0, 1));
}

TEST(SelectRange, ClipsWhatEndsPastTheBody) {  // HT-02
  EXPECT_EQ(select_range("bytes=990-2000", 1000), part(990, 10));
  EXPECT_EQ(select_range("bytes=-5000", 1000), part(0, 1000));
  EXPECT_EQ(select_range("bytes=0-9007199254740991", 1000), part(0, 1000));
  EXPECT_EQ(select_range("bytes=1-99999999999999999999999", 1000), part(1, 999));
}

TEST(SelectRange, SaysWhatCannotBeSatisfied) {  // HT-02
  EXPECT_EQ(select_range("bytes=1000-", 1000), kUnsatisfiable);
  EXPECT_EQ(select_range("bytes=1000-1001", 1000), kUnsatisfiable);
  EXPECT_EQ(select_range("bytes=-0", 1000), kUnsatisfiable);
  EXPECT_EQ(select_range("bytes=0-0", 0), kUnsatisfiable);
  EXPECT_EQ(select_range("bytes=0-", 0), kUnsatisfiable);
  EXPECT_EQ(select_range("bytes=-1", 0), kUnsatisfiable);
  EXPECT_EQ(select_range("bytes=99999999999999999999999-", 1000), kUnsatisfiable);
}

TEST(SelectRange, IgnoresWhatItCannotRead) {  // HT-02
  for (const std::string_view ignored :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=2-1", "bytes=+1-2",
        "bytes=1-2x", "bytes=1 -2", "bytes=--1", "items=0-1", "bytes 0-1", "bytes=0-1,5-6",
        "bytes=0-0,", "bytes=0x0-0x1", "bytes=1-2-3"}) {
    EXPECT_EQ(select_range(ignored, 1000), kWhole) << ignored;
  }
}

TEST(ContentRange, CountsFromZeroToTheLastByte) {
  EXPECT_EQ(content_range({.first = 0, .size = 100}, 1234), "bytes 0-99/1234");
  EXPECT_EQ(unsatisfied_content_range(1234), "bytes */1234");
}

}  // namespace
}  // namespace millrace::http
