#include "media/live/ingest/rtmp/handshake.h"

#include <gtest/gtest.h>

#include "tests/media/live/ingest/rtmp/encoder.h"
#include "tests/media/real_tools.h"

namespace millrace::media::rtmp::test {
namespace {

using media::test::to_hex;

constexpr size_t kBlockSize = Handshake::kBlockSize;

TEST(RtmpHandshake, IG_01_RepeatsWhatTheClientSentAndPromisesNoDigest) {
  Bytes c0_c1 = handshake();
  c0_c1.resize(1 + kBlockSize);
  Handshake server;
  Bytes replies;
  std::span<const std::byte> input = c0_c1;
  EXPECT_EQ(server.receive(input, replies), false);
  ASSERT_EQ(replies.size(), 1 + 2 * kBlockSize);
  EXPECT_EQ(replies[0], std::byte{3});
  EXPECT_EQ(to_hex(std::span(replies).subspan(1, 8)), "0000000000000000") << "version 0";
  EXPECT_TRUE(
      std::ranges::equal(std::span(replies).last(kBlockSize), std::span(c0_c1).last(kBlockSize)));
}

TEST(RtmpHandshake, LeavesWhatFollowsToTheChunks) {
  const Bytes bytes = handshake() + as_bytes("chunks");
  for (const size_t portion : {size_t{1}, size_t{1000}, bytes.size()}) {
    Handshake server;
    Bytes replies;
    std::span<const std::byte> rest = bytes;
    while (!server.done()) {
      auto input = rest.first(std::min(portion, rest.size()));
      const size_t given = input.size();
      ASSERT_TRUE(server.receive(input, replies));
      rest = rest.subspan(given - input.size());
    }
    EXPECT_EQ(as_text(rest), "chunks") << portion << " bytes at a time";
    EXPECT_EQ(replies.size(), 1 + 2 * kBlockSize);
  }
}

TEST(RtmpHandshake, IsDifferentEachTime) {
  Bytes first, second;
  for (Bytes* replies : {&first, &second}) {
    const Bytes bytes = handshake();
    std::span<const std::byte> input = bytes;
    ASSERT_EQ(Handshake().receive(input, *replies), true);
  }
  EXPECT_NE(first, second);
}

TEST(RtmpHandshake, RefusesOtherProtocolsAtTheFirstByte) {
  const struct {
    unsigned char first;
    core::ErrorCode code;
  } cases[] = {{'G', core::ErrorCode::kMalformed},
               {0x16, core::ErrorCode::kUnsupported},  // TLS
               {0, core::ErrorCode::kMalformed},
               {6, core::ErrorCode::kUnsupported}};  // RTMPE
  for (const auto& [first, code] : cases) {
    const Bytes bytes{std::byte{first}};
    std::span<const std::byte> input = bytes;
    Bytes replies;
    const auto done = Handshake().receive(input, replies);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, code);
    EXPECT_TRUE(replies.empty());
  }
}

}  // namespace
}  // namespace millrace::media::rtmp::test
