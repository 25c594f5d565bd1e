#include "media/upload/tus_request.h"

#include <gtest/gtest.h>

namespace millrace::media::upload {
namespace {

constexpr uint64_t kSizeMax = 1'000'000;
constexpr const char* kSha1 = "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=";

int status_of(const Accepted<Creation>& creation) {
  return creation ? 201 : creation.error().status;
}
int status_of(const Accepted<Append>& append) { return append ? 204 : append.error().status; }

TEST(TusVersion, MustBeTheOneWeSpeak) {
  EXPECT_TRUE(check_version({.resumable = "1.0.0"}));
  for (const char* version : {"", "0.2.2", "1.0", "1.0.0 "}) {
    EXPECT_EQ(check_version({.resumable = version}).error().status, 412) << version;
  }
}

TEST(TusCreation, TakesALengthOrDefersIt) {
  EXPECT_EQ(parse_creation({.length = "42"}, kSizeMax)->length, 42U);
  EXPECT_EQ(parse_creation({.length = "1000000"}, kSizeMax)->length, kSizeMax);
  EXPECT_EQ(parse_creation({.defer_length = "1"}, kSizeMax)->length, std::nullopt);
}

struct CreationCase {
  TusFields fields;
  int status;
  const char* why;
};

TEST(TusCreation, RefusesWhatTheProtocolForbids) {
  const CreationCase cases[] = {
      {{}, 400, "no length at all"},
      {{.length = "1", .defer_length = "1"}, 400, "both lengths"},
      {{.defer_length = "0"}, 400, "only 1 defers"},
      {{.length = "0"}, 400, "an empty file"},
      {{.length = "-1"}, 400, "a sign"},
      {{.length = "+1"}, 400, "a sign"},
      {{.length = " 1"}, 400, "a space"},
      {{.length = "1e3"}, 400, "not decimal"},
      {{.length = "18446744073709551616"}, 400, "beyond 64 bits"},
      {{.length = "9223372036854775808"}, 400, "beyond 63 bits"},
      {{.length = "1000001"}, 413, "larger than we take"},
      {{.length = "1", .metadata = "a ="}, 400, "bad metadata"},
      {{.length = "1", .concat = "partial"}, 400, "concatenation"},
      {{.content_type = "video/mp4", .length = "1", .has_body = true}, 415, "another body"},
      {{.length = "1", .has_body = true}, 415, "a body without a type"},
  };
  for (const CreationCase& test : cases) {
    EXPECT_EQ(status_of(parse_creation(test.fields, kSizeMax)), test.status) << test.why;
  }
}

TEST(TusCreation, MayBringTheFirstBytes) {
  EXPECT_TRUE(
      parse_creation({.content_type = kTusContentType, .length = "1", .has_body = true}, kSizeMax));
}

TEST(TusAppend, NeedsAnOffsetAndTheContentType) {
  const auto append = parse_append(
      {.content_type = "application/offset+octet-stream", .offset = "7", .content_length = 3});
  ASSERT_TRUE(append);
  EXPECT_EQ(append->offset, 7U);
  EXPECT_EQ(append->content_length, 3U);
  EXPECT_EQ(status_of(parse_append({.content_type = "video/mp4", .offset = "7"})), 415);
  EXPECT_EQ(status_of(parse_append({.content_type = kTusContentType})), 400);
  EXPECT_EQ(status_of(parse_append({.content_type = kTusContentType, .offset = "-7"})), 400);
}

TEST(TusAppend, MaySettleADeferredLength) {
  EXPECT_EQ(parse_append({.content_type = kTusContentType, .length = "9", .offset = "0"})->length,
            9U);
  EXPECT_EQ(
      status_of(parse_append({.content_type = kTusContentType, .length = "x", .offset = "0"})),
      400);
}

TEST(TusChecksum, IsAnAlgorithmAndItsDigest) {
  const auto append =
      parse_append({.content_type = kTusContentType, .offset = "0", .checksum = kSha1});
  ASSERT_TRUE(append && append->checksum);
  EXPECT_EQ(append->checksum->kind, core::Digest::Kind::kSha1);
  EXPECT_EQ(append->checksum->digest,
            core::digest_of(core::Digest::Kind::kSha1, core::bytes_of("hello world")));
}

TEST(TusChecksum, IsRefusedWhenItsFormIsBad) {
  for (const char* field : {"sha1", "sha1 ", "sha1 !", "sha1 aGVsbG8=", "sha512 aGVsbG8=", " ",
                            "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="}) {
    EXPECT_EQ(status_of(parse_append(
                  {.content_type = kTusContentType, .offset = "0", .checksum = field})),
              400)
        << field;
  }
}

}  // namespace
}  // namespace millrace::media::upload
