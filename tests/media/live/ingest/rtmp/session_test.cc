#include "media/live/ingest/rtmp/session.h"

#include <gtest/gtest.h>

#include "media/flv/flv_reader.h"
#include "tests/media/live/ingest/rtmp/encoder.h"
#include "tests/media/real_tools.h"

namespace millrace::media::rtmp::test {
namespace {

using core::ErrorCode;
using core::Result;
using media::test::from_hex;
using media::test::to_hex;

class RtmpSessionTest : public ::testing::Test {
 protected:
  /// Up to the first event, or to the end of `bytes`.
  Result<SessionEvent> give(const Bytes& bytes) {
    input_ = bytes;
    rest_ = input_;
    return session_.receive(rest_);
  }
  Answers answers(size_t skip = 0) {
    Answers read(session_.replies(), skip);
    session_.replies().clear();
    return read;
  }
  void begin_to_publish() {
    ASSERT_EQ(give(publish_from_the_start("secret")), SessionEvent::kPublish);
    session_.accept_publish();
    session_.replies().clear();
  }
  std::vector<std::string> tags() {
    std::vector<std::string> all;
    flv::FlvReader reader;
    std::span<const std::byte> media = session_.media();
    while (true) {
      const auto tag = reader.next(media);
      EXPECT_TRUE(tag);
      if (!tag || !tag->has_value()) return all;
      all.push_back(fmt::format("{} {} {}", static_cast<int>((*tag)->type), (*tag)->timestamp_ms,
                                to_hex((*tag)->body)));
    }
  }

  RtmpLimits limits_;
  RtmpSession session_{"live", limits_};
  Bytes input_;
  std::span<const std::byte> rest_;
};

TEST_F(RtmpSessionTest, IG_01_TakesAPublisherThroughItsCommands) {
  ASSERT_EQ(give(publish_from_the_start("secret")), SessionEvent::kPublish);
  EXPECT_EQ(session_.key(), "secret");
  EXPECT_FALSE(session_.is_publishing());
  session_.accept_publish();
  EXPECT_TRUE(session_.is_publishing());
  const Answers answered = answers(Answers::kHandshakeSize);
  EXPECT_EQ(answered.codes(),
            (std::vector<std::string>{"NetConnection.Connect.Success", "NetStream.Publish.Start"}));
  for (const double transaction : {1, 2, 3, 4}) {
    ASSERT_NE(answered.answer_to(transaction), nullptr) << transaction;
    EXPECT_EQ(answered.answer_to(transaction)->name, "_result");
  }
  EXPECT_EQ(answered.answer_to(4)->number_argument(0), 1);
  EXPECT_EQ(answered.types.front(), MessageType::kWindowAckSize);
}

TEST_F(RtmpSessionTest, GivesTheSameHoweverTheBytesCome) {
  const Bytes all = publish_from_the_start("secret") + video(10, "abc");
  bool asked = false;
  for (const std::byte byte : all) {
    const auto event = give({byte});
    ASSERT_TRUE(event);
    if (*event != SessionEvent::kPublish) continue;
    asked = true;
    session_.accept_publish();
  }
  EXPECT_TRUE(asked);
  EXPECT_EQ(tags(), (std::vector<std::string>{"9 10 616263"}));
}

TEST_F(RtmpSessionTest, TurnsMessagesIntoFlv) {
  begin_to_publish();
  ASSERT_EQ(give(audio(0, "a") + video(33, "v") + audio(23, std::string(300, 'x'))),
            SessionEvent::kNone);
  const auto all = tags();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0], "8 0 61");
  EXPECT_EQ(all[1], "9 33 76");
  EXPECT_TRUE(all[2].starts_with("8 23 7878"));
}

TEST_F(RtmpSessionTest, LetsTimestampsThroughAcrossTheWrap) {
  begin_to_publish();
  ASSERT_EQ(give(video(0xFFFFFFF0, "a") + video(0x10, "b")), SessionEvent::kNone);
  EXPECT_EQ(tags(), (std::vector<std::string>{"9 4294967280 61", "9 4294967312 62"}));
}

TEST_F(RtmpSessionTest, RejectsAnApplicationThatDoesNotExist) {
  ASSERT_EQ(give(handshake() + connect("other")), SessionEvent::kEnd);
  EXPECT_EQ(answers(Answers::kHandshakeSize).codes(),
            (std::vector<std::string>{"NetConnection.Connect.Rejected"}));
  EXPECT_EQ(give(publish("secret")), SessionEvent::kEnd) << "nothing is done for it any more";
}

TEST_F(RtmpSessionTest, IG_01_RefusesAKeyByTheCodeForIt) {
  const struct {
    ErrorCode reason;
    const char* code;
  } cases[] = {{ErrorCode::kNotFound, "NetStream.Publish.Unauthorized"},
               {ErrorCode::kConflict, "NetStream.Publish.BadName"},
               {ErrorCode::kOverloaded, "NetStream.Publish.Failed"}};
  for (const auto& [reason, code] : cases) {
    RtmpSession session("live", limits_);
    const Bytes all = publish_from_the_start("secret");
    std::span<const std::byte> rest = all;
    ASSERT_EQ(session.receive(rest), SessionEvent::kPublish);
    session.replies().clear();
    session.refuse_publish(reason);
    const Answers answered(session.replies());
    EXPECT_EQ(answered.codes(), std::vector<std::string>{code});
    EXPECT_EQ(session.receive(rest), SessionEvent::kEnd);
  }
}

TEST_F(RtmpSessionTest, RefusesEmptyAndEndlessKeysWithoutAsking) {
  ASSERT_EQ(give(handshake() + connect() + publish("")), SessionEvent::kEnd);
  EXPECT_EQ(answers(Answers::kHandshakeSize).codes().back(), "NetStream.Publish.BadName");
  RtmpSession other("live", limits_);
  const Bytes bytes = handshake() + connect() + publish(std::string(2000, 'k'));
  std::span<const std::byte> rest = bytes;
  EXPECT_EQ(other.receive(rest), SessionEvent::kEnd);
}

TEST_F(RtmpSessionTest, RefusesToPlay) {
  ASSERT_EQ(give(handshake() + connect() + call("play", 0, {AmfValue::of("x")}, 1)),
            SessionEvent::kEnd);
  EXPECT_EQ(answers(Answers::kHandshakeSize).codes().back(), "NetStream.Play.Failed");
}

TEST_F(RtmpSessionTest, EndsAPublicationOnceAndBeginsAnother) {
  begin_to_publish();
  ASSERT_EQ(give(unpublish("secret")), SessionEvent::kUnpublish);
  EXPECT_FALSE(session_.is_publishing());
  EXPECT_EQ(session_.receive(rest_), SessionEvent::kNone) << "deleteStream has nothing left to do";
  EXPECT_EQ(answers().codes(), std::vector<std::string>{"NetStream.Unpublish.Success"});
  EXPECT_EQ(give(video(0, "late")), SessionEvent::kNone);
  EXPECT_TRUE(tags().empty());
  ASSERT_EQ(give(publish("again")), SessionEvent::kPublish);
  EXPECT_EQ(session_.key(), "again");
}

TEST_F(RtmpSessionTest, EndsAPublicationByDeletingItsStreamOnly) {
  begin_to_publish();
  EXPECT_EQ(give(call("deleteStream", 8, {AmfValue::of(9.0)})), SessionEvent::kNone);
  EXPECT_EQ(give(call("deleteStream", 8, {AmfValue::of(1.0)})), SessionEvent::kUnpublish);
}

TEST_F(RtmpSessionTest, IG_01_AcknowledgesWhatItReceives) {
  begin_to_publish();
  const Bytes window = from_hex("00001000");
  ASSERT_EQ(give(message({.type = MessageType::kWindowAckSize, .body = window})),
            SessionEvent::kNone);
  ASSERT_EQ(give(video(0, std::string(5000, 'v'))), SessionEvent::kNone);
  const Answers answered = answers();
  ASSERT_FALSE(answered.types.empty());
  EXPECT_EQ(answered.types.back(), MessageType::kAcknowledgement);
  ASSERT_EQ(give(video(0, std::string(500, 'v'))), SessionEvent::kNone);
  EXPECT_TRUE(answers().types.empty()) << "not before the window is full again";
}

TEST_F(RtmpSessionTest, AnswersPings) {
  ASSERT_EQ(give(handshake() + connect()), SessionEvent::kNone);
  session_.replies().clear();
  const Bytes ping = from_hex("0006 12345678");
  ASSERT_EQ(give(message({.type = MessageType::kUserControl, .body = ping})), SessionEvent::kNone);
  const Answers answered = answers();
  ASSERT_EQ(answered.bodies.size(), 1U);
  EXPECT_EQ(to_hex(answered.bodies.front()), "000712345678");
}

TEST_F(RtmpSessionTest, IgnoresCommandsItDoesNotKnow) {
  EXPECT_EQ(give(handshake() + connect() + call("_checkbw", 5, {}) + call("x", 0, {})),
            SessionEvent::kNone);
}

TEST_F(RtmpSessionTest, RefusesOtherProtocolsAtTheFirstByte) {
  EXPECT_EQ(give(as_bytes("GET / HTTP/1.1\r\n")).error().code, ErrorCode::kMalformed);
  RtmpSession encrypted("live", limits_);
  const Bytes rtmpe{std::byte{6}};
  std::span<const std::byte> rest = rtmpe;
  EXPECT_EQ(encrypted.receive(rest).error().code, ErrorCode::kUnsupported);
}

TEST_F(RtmpSessionTest, RefusesCommandsInTheWrongOrder) {
  EXPECT_EQ(give(handshake() + publish("secret")).error().code, ErrorCode::kMalformed);
  RtmpSession twice("live", limits_);
  const Bytes connected_twice = handshake() + connect() + connect();
  std::span<const std::byte> rest = connected_twice;
  EXPECT_EQ(twice.receive(rest).error().code, ErrorCode::kMalformed);
}

TEST_F(RtmpSessionTest, HoldsLittleForAClientThatWasNotLetIn) {
  const Bytes body(limits_.command_bytes_max + 1, std::byte{1});
  ASSERT_EQ(give(handshake() + connect()), SessionEvent::kNone);
  EXPECT_EQ(give(message({.type = MessageType::kVideo, .body = body})).error().code,
            ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace millrace::media::rtmp::test
