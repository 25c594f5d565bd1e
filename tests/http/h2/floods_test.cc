// What a hostile peer may do on one connection, and what it may not (HT-11), frame by frame.
#include <gtest/gtest.h>

#include "http/h2/stream.h"
#include "tests/http/h2/h2_routes.h"
#include "tests/http/h2/raw_h2_client.h"

namespace millrace::http::h2 {
namespace {

using namespace std::chrono_literals;
using test::be32;
using test::frame;
using test::hpack;
using test::kEndHeaders;
using test::kEndStream;
using test::RawH2Client;

class Floods : public test::H2Test {
 protected:
  Floods() { start(); }

  uint64_t count(Flood kind) { return metrics_.value(counts_.h2.floods(kind)); }
  /// Sends `bytes` again and again; the connection must end, and be counted.
  void expect_calm(RawH2Client& client, Flood kind, const std::string& bytes) {
    for (int i = 0; i < 3000 && count(kind) == 0; ++i) {
      client.send(bytes);
      if (i % 16 == 0) pump_.settle();
    }
    EXPECT_EQ(client.wait_for_goodbye(), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
    EXPECT_EQ(count(kind), 1U);
  }
  RawH2Client connect_raw() { return {pump_, server_->port()}; }
};

TEST_F(Floods, RapidResetsEndTheConnection) {
  RawH2Client client = connect_raw();
  for (uint32_t id = 1; id < 6000 && count(Flood::kResets) == 0; id += 2) {
    client.get(id, "/blocked");
    client.send(frame(NGHTTP2_RST_STREAM, 0, id, be32(NGHTTP2_CANCEL)));
    if (id % 32 == 1) pump_.settle();
  }
  EXPECT_EQ(client.wait_for_goodbye(), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
  client.socket().close();
  pump_.until([&] { return server_->connection_count() == 0; });
  EXPECT_EQ(stage_.running, 0);
}

TEST_F(Floods, ResetsThatThePeerForcesEndTheConnection) {
  RawH2Client client = connect_raw();
  uint64_t forced = 0;
  for (uint32_t id = 1; count(Flood::kForcedResets) == 0; id += 2) {
    client.send(test::get_frame(id, "/blocked") +
                frame(NGHTTP2_WINDOW_UPDATE, 0, id, be32(0x7fffffff)));  // Overflows the window.
    ++forced;
    pump_.until([&] { return metrics_.value(counts_.h2.own_resets) == forced; });
  }
  EXPECT_EQ(client.wait_for_goodbye(), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
  EXPECT_EQ(count(Flood::kForcedResets), 1U);
}

TEST_F(Floods, AFewResetsAreNoFlood) {
  RawH2Client client = connect_raw();
  for (uint32_t id = 1; id < 200; id += 2) {
    client.get(id, "/blocked");
    client.send(frame(NGHTTP2_RST_STREAM, 0, id, be32(NGHTTP2_CANCEL)));
  }
  EXPECT_TRUE(client.works(201));
  EXPECT_EQ(metrics_.value(counts_.h2.peer_resets), 100U);
}

TEST_F(Floods, SettingsEndTheConnection) {
  RawH2Client client = connect_raw();
  expect_calm(client, Flood::kSettings, frame(NGHTTP2_SETTINGS, 0, 0, ""));
}

TEST_F(Floods, PingsEndTheConnection) {
  RawH2Client client = connect_raw();
  expect_calm(client, Flood::kPings, frame(NGHTTP2_PING, 0, 0, "12345678"));
}

TEST_F(Floods, PingsWhoseAnswersPileUpEndTheConnection) {
  RawH2Client client = connect_raw();
  pump_.settle();
  std::string pings;
  for (int i = 0; i < 100; ++i) pings += frame(NGHTTP2_PING, 0, 0, "12345678");
  client.send(pings);
  EXPECT_EQ(client.wait_for_goodbye(), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
  EXPECT_EQ(count(Flood::kQueue), 1U);
}

TEST_F(Floods, PrioritiesEndTheConnection) {
  RawH2Client client = connect_raw();
  expect_calm(client, Flood::kPriorities, frame(NGHTTP2_PRIORITY, 0, 1, be32(0) + "\x0f"));
}

TEST_F(Floods, WindowUpdatesForNothingEndTheConnection) {
  RawH2Client client = connect_raw();
  expect_calm(client, Flood::kWindowUpdates, frame(NGHTTP2_WINDOW_UPDATE, 0, 0, be32(1)));
}

TEST_F(Floods, EmptyDataEndsTheConnection) {
  RawH2Client client = connect_raw();
  client.send(frame(
      NGHTTP2_HEADERS, kEndHeaders, 1,
      hpack({{":method", "POST"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/echo"}})));
  expect_calm(client, Flood::kEmptyFrames, frame(NGHTTP2_DATA, 0, 1, ""));
}

TEST_F(Floods, EndlessContinuationsEndTheConnection) {
  RawH2Client client = connect_raw();
  client.send(frame(NGHTTP2_HEADERS, kEndStream, 1, hpack(test::get_fields_of("/echo/x"))));
  for (int i = 0; i < 20; ++i) client.send(frame(NGHTTP2_CONTINUATION, 0, 1, ""));
  EXPECT_EQ(client.wait_for_goodbye(), uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
  EXPECT_EQ(count(Flood::kContinuations), 1U);
}

TEST_F(Floods, AHeadOverTheLimitIsAnswered) {
  RawH2Client client = connect_raw();
  auto fields = test::get_fields_of("/echo/x");
  fields.emplace_back("a", std::string(limits_.head_bytes_max, 'a'));
  const std::string block = hpack(fields);
  client.send(frame(NGHTTP2_HEADERS, kEndStream, 1, block.substr(0, 16'000)));
  client.send(frame(NGHTTP2_CONTINUATION, kEndHeaders, 1, block.substr(16'000)));
  EXPECT_EQ(client.wait_for(NGHTTP2_HEADERS, 1).type, uint8_t{NGHTTP2_HEADERS});
  EXPECT_TRUE(client.works(3));
}

TEST_F(Floods, AHeadThatUnpacksToMegabytesEndsItsStreamOnly) {
  RawH2Client client = connect_raw();
  // The first field goes into HPACK's table; then it is named by its index, again and again.
  std::string block = hpack(test::get_fields_of("/echo/x"));
  block +=
      "\x40\x01"
      "a"
      "\x7f\xa1\x1e" +
      std::string(4000, 'a');
  block += std::string(10'000, '\xbe');
  client.send(frame(NGHTTP2_HEADERS, kEndStream | kEndHeaders, 1, block));
  EXPECT_EQ(client.wait_for_reset(1), uint32_t{NGHTTP2_INTERNAL_ERROR});
  EXPECT_TRUE(client.works(3));
}

TEST_F(Floods, AHeadThatIsNeverFinishedEndsTheConnection) {
  RawH2Client client = connect_raw();
  client.send(frame(NGHTTP2_HEADERS, kEndStream, 1, hpack(test::get_fields_of("/echo/x"))));
  advance(limits_.head_timeout + 1s);
  EXPECT_EQ(client.wait_for_goodbye(), uint32_t{NGHTTP2_PROTOCOL_ERROR});
}

TEST_F(Floods, MoreStreamsThanAllowedEndTheConnection) {
  RawH2Client client = connect_raw();
  pump_.settle();
  client.send(frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""));
  for (uint32_t i = 0; i <= limits_.stream_count_max; ++i) client.get(2 * i + 1, "/blocked");
  EXPECT_EQ(client.wait_for_goodbye(), uint32_t{NGHTTP2_PROTOCOL_ERROR});
}

TEST_F(Floods, RoutesThatOutliveTheirStreamsCountAgainstTheLimit) {
  RawH2Client client = connect_raw();
  uint64_t resets = 0;
  uint32_t id = 1;
  for (; metrics_.value(counts_.h2.refused_streams) == 0; id += 2) {
    client.send(test::get_frame(id, "/stubborn") +
                frame(NGHTTP2_RST_STREAM, 0, id, be32(NGHTTP2_CANCEL)));
    ++resets;
    pump_.until([&] { return metrics_.value(counts_.h2.peer_resets) == resets; });
  }
  EXPECT_EQ(stage_.running, static_cast<int>(2 * limits_.stream_count_max));
  stage_.go.notify_all();
  pump_.until([&] { return stage_.running == 0; });
  EXPECT_TRUE(client.works(id));
}

TEST_F(Floods, AStreamWhoseWindowStaysShutIsGivenUp) {  // HT-11
  test::H2Client client = connect_h2(test::Windows::kByHand);
  const int32_t stuck = client.get("/file");
  client.until([&] { return client.reply(stuck).body.size() == NGHTTP2_INITIAL_WINDOW_SIZE; });
  for (unsigned i = 0; i < Stream::kStallChecks + 2; ++i) {
    advance(limits_.stall_timeout / Stream::kStallChecks + 10ms);
    client.settle();
  }
  client.wait(stuck);
  EXPECT_EQ(client.reply(stuck).error, uint32_t{NGHTTP2_CANCEL});
  nghttp2_session_consume_connection(client.session(), NGHTTP2_INITIAL_WINDOW_SIZE);
  EXPECT_EQ(metrics_.value(counts_.h2.window_stalls), 1U);
  EXPECT_EQ(client.wait(client.get("/nowhere")).status, 404);
}

TEST_F(Floods, AStreamThatTakesItsBytesInTimeIsNot) {
  test::H2Client client = connect_h2(test::Windows::kByHand);
  const int32_t slow = client.get("/file");
  client.until([&] { return client.reply(slow).body.size() == NGHTTP2_INITIAL_WINDOW_SIZE; });
  constexpr size_t kTaken = NGHTTP2_INITIAL_WINDOW_SIZE / 2 + 1;  // nghttp2 says so then.
  for (unsigned i = 0; i < 3 * Stream::kStallChecks; ++i) {
    nghttp2_session_consume(client.session(), slow, kTaken);
    const size_t expected = client.reply(slow).body.size() + kTaken;
    client.until([&] { return client.reply(slow).body.size() >= expected; });
    advance(limits_.stall_timeout / Stream::kStallChecks + 10ms);
  }
  client.settle();
  EXPECT_FALSE(client.reply(slow).is_closed);
}

}  // namespace
}  // namespace millrace::http::h2
