#include "http/chunk_decoder.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::http {
namespace {

constexpr Limits kLimits{};

struct Outcome {
  std::string data;
  size_t consumed = 0;
  bool done = false;
  core::ErrorCode error = core::ErrorCode::kInternal;
  bool failed = false;
};

Outcome decode(std::string_view text, size_t portion) {
  ChunkDecoder decoder(kLimits);
  Outcome outcome;
  while (!decoder.done() && outcome.consumed < text.size()) {
    const std::string_view input = text.substr(outcome.consumed, portion);
    const auto step = decoder.read(std::as_bytes(std::span(input.data(), input.size())));
    if (!step) {
      outcome.failed = true;
      outcome.error = step.error().code;
      return outcome;
    }
    outcome.data.append(reinterpret_cast<const char*>(step->data.data()), step->data.size());
    outcome.consumed += step->consumed;
  }
  outcome.done = decoder.done();
  return outcome;
}

TEST(ChunkDecoder, GivesTheDataHoweverItIsCut) {
  const std::string body = "5\r\nhello\r\n00A;name=v\r\n, chunked!\r\n0\r\nX-Sum: 1\r\n\r\n";
  for (size_t portion = 1; portion <= body.size(); ++portion) {
    const Outcome outcome = decode(body + "GET /next", portion);
    EXPECT_FALSE(outcome.failed);
    EXPECT_TRUE(outcome.done);
    EXPECT_EQ(outcome.data, "hello, chunked!");
    EXPECT_EQ(outcome.consumed, body.size()) << "what follows is the next request";
  }
}

TEST(ChunkDecoder, RefusesBrokenFraming) {  // HT-10
  for (const std::string_view bad : {"x\r\n",
                                     "\r\n",
                                     ";a\r\n",
                                     "5 \r\nhello",
                                     "5\nhello",
                                     "5\r\nhello\n",
                                     "5\r\nhelloX\r\n",
                                     "-1\r\n",
                                     "+5\r\nhello",
                                     "0x5\r\nhello",
                                     "5\r\r\nhello",
                                     "5;a\x01\r\nhello",
                                     "5;\r\nhello",
                                     "5;a=\r\nhello",
                                     "5;a=\"v\"\r\nhello",
                                     "5;a]\r\nhello",
                                     "5;a=b=c\r\nhello",
                                     "5; a\r\nhello",
                                     "5;a;b\r\nhello",
                                     "5;a\nhello",
                                     "0\r\nX : 1\r\n\r\n",
                                     "0\r\n: 1\r\n\r\n",
                                     "0\r\nX\r\n\r\n",
                                     "0\r\nX: 1\n\r\n",
                                     "0\r\nX: 1\r\n folded\r\n\r\n",
                                     "0\r\n\n",
                                     "0\r\nX: \x7f\r\n\r\n"}) {
    const Outcome outcome = decode(bad, 1);
    EXPECT_TRUE(outcome.failed) << bad;
    EXPECT_EQ(outcome.error, core::ErrorCode::kMalformed) << bad;
  }
}

TEST(ChunkDecoder, BoundsWhatIsNotData) {  // HT-10
  const auto error_of = [](const std::string& text) { return decode(text, text.size()).error; };
  EXPECT_EQ(error_of("5;" + std::string(kLimits.chunk_extension_bytes_max + 1, 'e')),
            core::ErrorCode::kTooLarge);
  std::string many;
  for (size_t i = 0; i <= kLimits.chunk_extension_bytes_max / 8; ++i) many += "1;12345678\r\nx\r\n";
  EXPECT_EQ(error_of(many), core::ErrorCode::kTooLarge) << "counted over the whole body";
  EXPECT_EQ(error_of("0\r\nX: " + std::string(kLimits.trailer_bytes_max, 't')),
            core::ErrorCode::kTooLarge);
  EXPECT_EQ(error_of(std::string(kLimits.chunk_extension_bytes_max + 2, '0')),
            core::ErrorCode::kTooLarge);
  EXPECT_EQ(error_of("20000000000000\r\n"), core::ErrorCode::kTooLarge);
  EXPECT_EQ(error_of("FFFFFFFFFFFFFFFFFFFFF\r\n"), core::ErrorCode::kTooLarge);
}

TEST(ChunkDecoder, IsNotDoneBeforeTheEmptyLine) {
  EXPECT_FALSE(decode("5\r\nhello\r\n0\r\n", 100).done);
  EXPECT_FALSE(decode("5\r\nhel", 100).done);
  EXPECT_TRUE(decode("0\r\n\r\n", 100).done);
}

}  // namespace
}  // namespace millrace::http
