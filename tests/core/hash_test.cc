#include "core/hash.h"

#include <gtest/gtest.h>

namespace millrace::core {
namespace {

TEST(Digest, MatchesPublishedVectors) {
  EXPECT_EQ(to_hex(bytes_of(digest_of(Digest::Kind::kMd5, bytes_of("abc")))),
            "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(to_hex(bytes_of(digest_of(Digest::Kind::kSha1, bytes_of("abc")))),
            "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(bytes_of(digest_of(Digest::Kind::kSha256, bytes_of("abc")))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(bytes_of(digest_of(Digest::Kind::kCrc32, bytes_of("123456789")))), "cbf43926");
}

TEST(Digest, IsTheSameHoweverTheBytesArrive) {
  for (const std::string_view name : {"md5", "sha1", "sha256", "crc32"}) {
    const Digest::Kind kind = Digest::kind_named(name).value();
    Digest digest(kind);
    for (const std::string_view part : {"", "mill", "r", "ace"}) digest.update(bytes_of(part));
    EXPECT_EQ(digest.finish(), digest_of(kind, bytes_of("millrace"))) << name;
  }
  EXPECT_EQ(Digest::kind_named("sha512").error().code, ErrorCode::kUnsupported);
}

TEST(Xxh3, MatchesTheReferenceForTheEmptyInput) {
  EXPECT_EQ(xxh3_64({}, 0), 0x2D06800538D394C2U);
  EXPECT_EQ(to_hex(xxh3_128({}, 0)), "99aa06d3014798d86001c324468d497f");
}

TEST(Xxh3, DependsOnTheSeed) {
  EXPECT_NE(xxh3_64(bytes_of("key"), 1), xxh3_64(bytes_of("key"), 2));
  EXPECT_NE(xxh3_128(bytes_of("key"), 1), xxh3_128(bytes_of("key"), 2));
  EXPECT_EQ(process_seed(), process_seed());
}

TEST(EqualInConstantTime, ComparesLengthAndBytes) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
}

}  // namespace
}  // namespace millrace::core
