// Which response goes first when the socket takes less than all of them (LH-07, RFC 9218).
#include <gtest/gtest.h>

#include "http/h2/priority.h"
#include "tests/http/h2/h2_routes.h"

namespace millrace::http::h2 {
namespace {

using test::H2Client;
using test::Windows;

TEST(ParsePriority, ReadsUrgencyAndIncremental) {
  EXPECT_EQ(parse_priority("u=0"), (Priority{.urgency = 0}));
  EXPECT_EQ(parse_priority("i, u=7"), (Priority{.urgency = 7, .is_incremental = true}));
  EXPECT_EQ(parse_priority("u=1,i=?0"), (Priority{.urgency = 1}));
  EXPECT_EQ(parse_priority("u=5;x=1, i;y"), (Priority{.urgency = 5, .is_incremental = true}));
}

TEST(ParsePriority, TakesTheDefaultForWhatItCannotRead) {
  for (const char* field : {"", "u=8", "u=-1", "u=10", "u", "urgency=1", "=", ",,,", "i=1"}) {
    EXPECT_EQ(parse_priority(field), Priority()) << field;
  }
}

TEST(SettlePriority, PutsPlaylistsBeforeMediaWhateverTheClientSays) {
  for (uint8_t urgency = 0; urgency < 8; ++urgency) {
    EXPECT_LT(settle(Content::kPlaylist, {.urgency = 7}).urgency,
              settle(Content::kMedia, {.urgency = urgency}).urgency);
  }
  EXPECT_EQ(settle(Content::kMedia, {.urgency = 4, .is_incremental = true}),
            (Priority{.urgency = 4, .is_incremental = true}));
}

class Priorities : public test::H2Test {
 protected:
  Priorities() { start(); }
};

TEST_F(Priorities, APlaylistOvertakesASegmentUnderWay) {
  H2Client client = connect_h2(Windows::kHuge);
  const int32_t media = client.get("/long");
  client.until([&] { return client.reply(media).body.size() > 100'000; });
  const int32_t playlist = client.get("/playlist");
  client.wait(playlist);
  EXPECT_TRUE(client.reply(playlist).is_complete);
  EXPECT_LT(client.reply(media).body.size(), 8'000'000U);
  EXPECT_EQ(client.reply(playlist).field("priority"), "u=1");
  EXPECT_EQ(client.reply(media).field("priority"), "u=3");
  EXPECT_EQ(client.wait(media).body.size(), 8'000'000U);
}

TEST_F(Priorities, ResponsesOfOneUrgencyComeOneAfterTheOther) {
  H2Client client = connect_h2(Windows::kHuge);
  const int32_t first = client.get("/long");
  const int32_t second = client.get("/long");
  client.wait(first);
  client.wait(second);
  EXPECT_EQ(client.order(), (std::vector{first, second}));
}

TEST_F(Priorities, IncrementalResponsesShare) {
  H2Client client = connect_h2(Windows::kHuge);
  const int32_t first = client.get("/long", {{"priority", "i"}});
  const int32_t second = client.get("/long", {{"priority", "i"}});
  client.wait(first);
  client.wait(second);
  EXPECT_GT(client.order().size(), 20U);
}

TEST_F(Priorities, TheClientsUrgencyHoldsAmongMedia) {
  H2Client client = connect_h2(Windows::kHuge);
  const int32_t later = client.get("/long", {{"priority", "u=5"}});
  client.until([&] { return client.reply(later).body.size() > 100'000; });
  const int32_t sooner = client.get("/long", {{"priority", "u=2"}});
  client.wait(sooner);
  EXPECT_FALSE(client.reply(later).is_complete);
  EXPECT_EQ(client.reply(sooner).field("priority"), "u=2");
  client.wait(later);
}

TEST_F(Priorities, AnUpdateReordersWhatIsUnderWay) {
  H2Client client = connect_h2(Windows::kHuge);
  const int32_t first = client.get("/long");
  const int32_t second = client.get("/long");
  client.until([&] { return client.reply(first).body.size() > 100'000; });
  const std::string_view urgent = "u=2";
  nghttp2_submit_priority_update(client.session(), 0, second,
                                 reinterpret_cast<const uint8_t*>(urgent.data()), urgent.size());
  client.wait(second);
  EXPECT_FALSE(client.reply(first).is_complete);
  client.wait(first);
}

}  // namespace
}  // namespace millrace::http::h2
