#include "media/live/reload_directives.h"

#include <gtest/gtest.h>

#include "http/query.h"

namespace millrace::media::live {
namespace {

constexpr hls::LiveTimings kTimings{.target_duration_s = 4, .part_target_ms = 500};

/// Segments 5 to `next` - 1 with four parts each, and so many parts of the next one.
WindowState window(uint64_t next, size_t open_parts) {
  WindowState state;
  for (uint64_t msn = 5; msn < next; ++msn) {
    auto segment = std::make_shared<Segment>();
    segment->text.msn = msn;
    segment->parts.resize(4);
    state.segments.push_back(segment);
  }
  if (open_parts > 0) {
    auto open = std::make_shared<Segment>();
    open->parts.resize(open_parts);
    state.open = open;
  }
  state.next_msn = next;
  return state;
}

core::Result<ReloadDirectives> parse(std::string_view query) {
  return parse_reload_directives(*http::Query::parse(query));
}

enum class Outcome { kNow, kWait, kRefused };
Outcome judge(std::string_view query, const WindowState& state,
              LoneSegment lone = LoneSegment::kReleaseAtFirstPart) {
  const auto asked = parse(query);
  if (!asked) return Outcome::kRefused;
  const auto judged = judge_reload(*asked, state, kTimings, lone);
  if (!judged) return Outcome::kRefused;
  return *judged ? Outcome::kWait : Outcome::kNow;
}

/// Whether a reload that waits in `before` goes on in `after`.
bool is_released(std::string_view query, const WindowState& before, const WindowState& after,
                 LoneSegment lone = LoneSegment::kReleaseAtFirstPart) {
  const auto judged = judge_reload(*parse(query), before, kTimings, lone);
  EXPECT_TRUE(judged && *judged) << "does not wait";
  return judged && *judged && is_reached(**judged, after);
}

TEST(ReloadDirectives, AreDecimalIntegersAndStandOnce) {  // DD-02
  const auto read = parse("CMCD=x&_HLS_msn=18446744073709551615&_HLS_part=3&_HLS_skip=v2");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->msn, UINT64_MAX);
  EXPECT_EQ(read->part, 3);
  EXPECT_EQ(read->skip, Skip::kSegmentsAndDateRanges);
  EXPECT_EQ(parse("_HLS_skip=YES")->skip, Skip::kSegments);
  EXPECT_EQ(parse("_HLS_skip=later")->skip, Skip::kNothing);
  for (const char* bad :
       {"_HLS_part=1", "_HLS_msn=-1", "_HLS_msn=", "_HLS_msn=1.5", "_HLS_msn=0x10",
        "_HLS_msn=18446744073709551616", "_HLS_msn=1&_HLS_part=a", "_HLS_msn=1&_HLS_msn=1",
        "_HLS_msn=1&_HLS_part=1&_HLS_part=1", "_HLS_skip=YES&_HLS_skip=YES"}) {
    const auto refused = parse(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, core::ErrorCode::kInvalid) << bad;
  }
}

TEST(ReloadDirectives, AreRefusedTooFarAhead) {  // DD-03
  const WindowState state = window(9, 2);        // The last segment of the list is 8.
  EXPECT_EQ(judge("_HLS_msn=10", state), Outcome::kWait);
  EXPECT_EQ(judge("_HLS_msn=11", state), Outcome::kRefused);
  EXPECT_EQ(judge("_HLS_msn=18446744073709551615", state), Outcome::kRefused);
  // Parts of 0.5 s: six of them are three seconds.
  EXPECT_EQ(judge("_HLS_msn=9&_HLS_part=7", state), Outcome::kWait);
  EXPECT_EQ(judge("_HLS_msn=9&_HLS_part=8", state), Outcome::kRefused);
  EXPECT_EQ(judge("_HLS_msn=10&_HLS_part=5", state), Outcome::kWait);
  EXPECT_EQ(judge("_HLS_msn=10&_HLS_part=6", state), Outcome::kRefused);
  EXPECT_EQ(judge("_HLS_msn=9&_HLS_part=18446744073709551615", state), Outcome::kRefused);
  EXPECT_EQ(judge("_HLS_msn=10&_HLS_part=18446744073709551615", state), Outcome::kRefused);
}

TEST(ReloadDirectives, GetTheWholeListForWhatIsPublished) {  // DD-04
  const WindowState state = window(9, 2);
  for (const char* published :
       {"", "_HLS_msn=0", "_HLS_msn=4&_HLS_part=9", "_HLS_msn=8", "_HLS_msn=8&_HLS_part=3",
        "_HLS_msn=8&_HLS_part=99", "_HLS_msn=9&_HLS_part=0", "_HLS_msn=9&_HLS_part=1"}) {
    EXPECT_EQ(judge(published, state), Outcome::kNow) << published;
  }
}

TEST(ReloadDirectives, WaitForTheirPart) {  // DD-05, DD-10
  const WindowState state = window(9, 2);
  EXPECT_FALSE(is_released("_HLS_msn=9&_HLS_part=2", state, state));
  EXPECT_TRUE(is_released("_HLS_msn=9&_HLS_part=2", state, window(9, 3)));
  EXPECT_FALSE(is_released("_HLS_msn=9&_HLS_part=3", state, window(9, 3)));
  EXPECT_TRUE(is_released("_HLS_msn=9&_HLS_part=3", state, window(10, 0)));
  // Beyond the final part is the first part of the next segment.
  EXPECT_FALSE(is_released("_HLS_msn=9&_HLS_part=4", state, window(10, 0)));
  EXPECT_TRUE(is_released("_HLS_msn=9&_HLS_part=4", state, window(10, 1)));
  EXPECT_TRUE(is_released("_HLS_msn=9&_HLS_part=4", state, window(11, 0)));
  EXPECT_EQ(judge("_HLS_msn=9&_HLS_part=4", window(10, 0)), Outcome::kWait);
  EXPECT_FALSE(is_released("_HLS_msn=10&_HLS_part=0", state, window(10, 0)));
  EXPECT_TRUE(is_released("_HLS_msn=10&_HLS_part=0", state, window(10, 1)));
}

TEST(ReloadDirectives, WaitForAWholeSegmentOnceItHasParts) {  // DD-06
  const WindowState begun = window(9, 2);
  EXPECT_FALSE(is_released("_HLS_msn=9", begun, window(9, 4)));
  EXPECT_TRUE(is_released("_HLS_msn=9", begun, window(10, 1)));
}

TEST(ReloadDirectives, AreReleasedByTheFirstPartOfASegmentThatHadNone) {  // DD-06, our deviation
  const WindowState boundary = window(9, 0);
  EXPECT_TRUE(is_released("_HLS_msn=9", boundary, window(9, 1)));
  EXPECT_FALSE(is_released("_HLS_msn=9", boundary, window(9, 1), LoneSegment::kHoldUntilComplete));
  EXPECT_TRUE(is_released("_HLS_msn=9", boundary, window(10, 1), LoneSegment::kHoldUntilComplete));
}

TEST(ReloadDirectives, AreIgnoredOnceTheStreamHasEnded) {  // DD-01, DD-09
  WindowState ended = window(9, 0);
  ended.ended = true;
  EXPECT_EQ(judge("_HLS_msn=400", ended), Outcome::kNow);
  EXPECT_TRUE(is_released("_HLS_msn=9&_HLS_part=3", window(9, 2), ended));
}

TEST(ReloadDirectives, WaitForAHintByItsNumber) {  // LH-01
  WindowState state = window(9, 2);
  state.next_part = 300;
  const Awaited hinted{.kind = Awaited::Kind::kHint, .number = 300};
  EXPECT_FALSE(is_reached(hinted, state));
  state.next_part = 301;
  EXPECT_TRUE(is_reached(hinted, state));
}

}  // namespace
}  // namespace millrace::media::live
