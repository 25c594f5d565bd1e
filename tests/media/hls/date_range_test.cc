#include "media/hls/date_range.h"

#include <gtest/gtest.h>

namespace millrace::media::hls {
namespace {

using std::chrono::seconds;

constexpr DateRange::Date kNoon{seconds(1'772'366'400)};

DateRange ad() {
  return {.id = "ad-1",
          .class_name = "com.example.ad",
          .start = kNoon,
          .planned_duration_ms = 30'000,
          .scte35_out = "0xFC30",
          .client_attributes = {{"X-SLOT", "7"}}};
}

TEST(DateRange, IsWrittenWithAllThatIsSaidOfIt) {
  DateRange range = ad();
  range.end = kNoon + seconds(30);
  range.duration_ms = 30'000;
  range.scte35_in = "0xFC31";
  std::string text;
  append_date_range(text, range);
  EXPECT_EQ(text,
            "#EXT-X-DATERANGE:ID=\"ad-1\",CLASS=\"com.example.ad\","
            "START-DATE=\"2026-03-01T12:00:00.000Z\",END-DATE=\"2026-03-01T12:00:30.000Z\","
            "DURATION=30.000,PLANNED-DURATION=30.000,SCTE35-OUT=0xFC30,SCTE35-IN=0xFC31,"
            "X-SLOT=\"7\"\n");
}

TEST(DateRange, MustNotContradictItself) {  // PL-34
  EXPECT_TRUE(check(ad()));
  const auto broken = [](auto change) {
    DateRange range = ad();
    change(range);
    return !check(range).has_value();
  };
  EXPECT_TRUE(broken([](DateRange& r) { r.id.clear(); }));
  EXPECT_TRUE(broken([](DateRange& r) { r.id = "a\"b"; }));
  EXPECT_TRUE(broken([](DateRange& r) { r.id = "a\tb"; }));
  EXPECT_TRUE(broken([](DateRange& r) { r.end = kNoon - seconds(1); }));
  EXPECT_TRUE(broken([](DateRange& r) {
    r.end = kNoon + seconds(2);
    r.duration_ms = 1000;
  }));
  EXPECT_TRUE(broken([](DateRange& r) {
    r.ends_on_next = true;
    r.duration_ms = 1000;
  }));
  EXPECT_TRUE(broken([](DateRange& r) {
    r.ends_on_next = true;
    r.class_name.clear();
  }));
  EXPECT_TRUE(broken([](DateRange& r) { r.scte35_cmd = "FC30"; }));
  EXPECT_TRUE(broken([](DateRange& r) { r.client_attributes = {{"SLOT", "7"}}; }));
  EXPECT_TRUE(broken([](DateRange& r) { r.client_attributes = {{"X-A", ""}}; }));
  EXPECT_TRUE(broken([](DateRange& r) { r.client_attributes = {{"X-A", "1"}, {"X-A", "2"}}; }));
}

TEST(DateRange, MayOnlyBeAddedTo) {  // PL-34
  DateRange later = ad();
  later.duration_ms = 29'000;
  later.scte35_in = "0xFC31";
  EXPECT_TRUE(only_adds_to(later, ad()));
  EXPECT_FALSE(only_adds_to(ad(), later)) << "took back its duration";
  later.start += seconds(1);
  EXPECT_FALSE(only_adds_to(later, ad()));
  DateRange other = ad();
  other.client_attributes = {{"X-SLOT", "8"}};
  EXPECT_FALSE(only_adds_to(other, ad()));
}

}  // namespace
}  // namespace millrace::media::hls
