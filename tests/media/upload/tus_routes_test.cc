#include "media/upload/tus_routes.h"

#include <gtest/gtest.h>

#include "core/base64.h"
#include "core/hash.h"
#include "tests/media/upload/test_bench.h"

namespace millrace::media::upload {
namespace {

using http::Method;
using http::Outgoing;
using test::Bench;
using test::content_of;

class TusUpload : public testing::Test {
 protected:
  Bench bench_;
};

std::string checksum(core::Digest::Kind kind, std::string_view name, std::string_view bytes) {
  const std::string digest = core::digest_of(kind, core::bytes_of(bytes));
  return std::string(name) + " " + core::encode_base64(core::bytes_of(digest));
}

TEST_F(TusUpload, SaysWhatItOffers) {  // UP-01
  const Outgoing answer =
      bench_.ask({.method = Method::kOptions, .target = std::string(kUploadPath)});
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.find("Tus-Resumable"), "1.0.0");
  EXPECT_EQ(answer.headers.find("Tus-Version"), "1.0.0");
  EXPECT_EQ(answer.headers.find("Tus-Max-Size"), "10000000");
  EXPECT_EQ(answer.headers.find("Tus-Extension"),
            "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination");
  EXPECT_EQ(answer.headers.find("Tus-Checksum-Algorithm"), "sha1,md5,sha256,crc32");
}

TEST_F(TusUpload, BecomesAVideoWithItsLastByte) {  // UP-01
  const std::string address =
      bench_.create(11, {{"Upload-Metadata", "filename aG9saWRheS5tcDQ=,title SG9saWRheQ=="}});
  ASSERT_TRUE(address.starts_with("/api/VideoStream/upload/")) << address;
  EXPECT_TRUE(bench_.videos().empty()) << "nothing half-written is listed";

  const Outgoing first = bench_.patch(address, 0, {{"hello", " "}});
  EXPECT_EQ(first.status, 204);
  EXPECT_EQ(first.headers.find("Upload-Offset"), "6");
  EXPECT_EQ(first.headers.find("Tus-Resumable"), "1.0.0");
  EXPECT_NE(first.headers.find("Upload-Expires"), "");
  EXPECT_TRUE(bench_.videos().empty());

  const Outgoing last = bench_.patch(address, 6, {{"world"}});
  EXPECT_EQ(last.status, 204);
  EXPECT_EQ(last.headers.find("Upload-Offset"), "11");
  EXPECT_EQ(last.headers.find("Upload-Expires"), "");

  const std::string id = Bench::id_of(address);
  ASSERT_EQ(bench_.videos().size(), 1U);
  const catalogue::VideoRecord video = bench_.videos()[0];
  EXPECT_EQ(video.id, id);
  EXPECT_EQ(video.title, "Holiday");
  EXPECT_EQ(video.file_name, "holiday.mp4");
  EXPECT_EQ(video.size, 11U);
  EXPECT_EQ(video.state, catalogue::VideoState::kQueued);
  EXPECT_EQ(bench_.catalogue().load_jobs()->size(), 1U);
  EXPECT_EQ(bench_.shown(), std::vector{id});
  EXPECT_EQ(content_of(bench_.store().original(id)), "hello world");
}

TEST_F(TusUpload, TellsOffsetLengthAndMetadata) {  // UP-01
  const std::string address = bench_.create(11, {{"Upload-Metadata", "filename YS5tcDQ="}});
  bench_.patch(address, 0, {{"hello"}});
  const Outgoing answer = bench_.with_tus(Method::kHead, address);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.find("Upload-Offset"), "5");
  EXPECT_EQ(answer.headers.find("Upload-Length"), "11");
  EXPECT_EQ(answer.headers.find("Upload-Metadata"), "filename YS5tcDQ=");
  EXPECT_EQ(answer.headers.find("Cache-Control"), "no-store");
  EXPECT_EQ(answer.headers.find("Tus-Resumable"), "1.0.0");
}

TEST_F(TusUpload, TellsThatACompleteUploadIsWhole) {
  const std::string address = bench_.create(5);
  bench_.patch(address, 0, {{"hello"}});
  EXPECT_EQ(bench_.offset(address), "5") << "its last answer may have been lost";
  EXPECT_EQ(bench_.patch(address, 5, {}).status, 204);
  EXPECT_EQ(bench_.patch(address, 5, {{"more"}}).status, 204) << "a body that is never read";
  EXPECT_EQ(bench_.videos().size(), 1U);
  EXPECT_EQ(bench_.videos()[0].size, 5U);
}

TEST_F(TusUpload, LearnsADeferredLengthLater) {  // UP-01
  const std::string address = bench_.create_with({{"Upload-Defer-Length", "1"}});
  const Outgoing head = bench_.with_tus(Method::kHead, address);
  EXPECT_EQ(head.headers.find("Upload-Defer-Length"), "1");
  EXPECT_FALSE(head.headers.contains("Upload-Length"));
  EXPECT_EQ(bench_.patch(address, 0, {{"hello"}}).status, 204);
  EXPECT_EQ(bench_.patch(address, 5, {{" world"}}, {{"Upload-Length", "11"}}).status, 204);
  EXPECT_EQ(bench_.videos().size(), 1U);
  EXPECT_FALSE(bench_.with_tus(Method::kHead, address).headers.contains("Upload-Defer-Length"));
}

TEST_F(TusUpload, TakesTheFirstBytesWithItsCreation) {  // UP-01
  const test::Fields fields = {{"Tus-Resumable", "1.0.0"},
                               {"Upload-Length", "11"},
                               {"Content-Type", "application/offset+octet-stream"}};
  const Outgoing made = bench_.ask({.method = Method::kPost,
                                    .target = std::string(kUploadPath),
                                    .fields = fields,
                                    .body = {{"hello"}},
                                    .content_length = 5});
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.headers.find("Upload-Offset"), "5");
  EXPECT_EQ(bench_.patch(std::string(made.headers.find("Location")), 5, {{" world"}}).status, 204);
  EXPECT_EQ(bench_.videos().size(), 1U);
}

TEST_F(TusUpload, LeavesNothingOfACreationWhoseBodyFails) {
  const test::Fields fields = {{"Tus-Resumable", "1.0.0"},
                               {"Upload-Length", "5"},
                               {"Content-Type", "application/offset+octet-stream"},
                               {"Upload-Checksum", checksum(core::Digest::Kind::kMd5, "md5", "x")}};
  const Outgoing refused = bench_.ask({.method = Method::kPost,
                                       .target = std::string(kUploadPath),
                                       .fields = fields,
                                       .body = {{"hello"}}});
  EXPECT_EQ(refused.status, 460);
  EXPECT_TRUE(bench_.store().list()->empty());
}

TEST_F(TusUpload, RefusesAnotherVersionOfTheProtocol) {  // UP-01
  const std::string address = bench_.create(5);
  for (const Method method : {Method::kHead, Method::kPatch, Method::kDelete}) {
    const Outgoing answer =
        bench_.ask({.method = method, .target = address, .fields = {{"Tus-Resumable", "0.2.2"}}});
    EXPECT_EQ(answer.status, 412);
    EXPECT_EQ(answer.headers.find("Tus-Version"), "1.0.0");
    EXPECT_EQ(answer.headers.find("Tus-Resumable"), "1.0.0");
  }
  EXPECT_EQ(bench_
                .ask({.method = Method::kPost,
                      .target = std::string(kUploadPath),
                      .fields = {{"Upload-Length", "5"}}})
                .status,
            412);
}

TEST_F(TusUpload, AnswersWithTheStatusesOfTheProtocol) {  // UP-01
  const std::string address = bench_.create(5);
  EXPECT_EQ(bench_.patch(address, 1, {{"x"}}).status, 409);
  EXPECT_EQ(bench_.patch(address, 0, {{"too long"}}).status, 413);
  EXPECT_EQ(bench_.offset(address), "0") << "nothing of a refused body is kept";
  const Outgoing wrong_type = bench_.ask(
      {.method = Method::kPatch,
       .target = address,
       .fields = {
           {"Tus-Resumable", "1.0.0"}, {"Content-Type", "video/mp4"}, {"Upload-Offset", "0"}}});
  EXPECT_EQ(wrong_type.status, 415);
  for (const char* id : {"AAAAAAAAAAA", "x", "..", "a%20b"}) {
    const std::string other = std::string(kUploadPath) + "/" + id;
    if (std::string_view(id) == "..") continue;  // Refused before any route (HT-12).
    EXPECT_EQ(bench_.patch(other, 0, {{"x"}}).status, 404) << id;
    EXPECT_EQ(bench_.with_tus(Method::kHead, other).status, 404) << id;
    EXPECT_EQ(bench_.with_tus(Method::kDelete, other).status, 404) << id;
  }
}

TEST_F(TusUpload, ChecksEachAlgorithmItOffers) {  // UP-01
  using Kind = core::Digest::Kind;
  const std::pair<Kind, const char*> kinds[] = {{Kind::kSha1, "sha1"},
                                                {Kind::kMd5, "md5"},
                                                {Kind::kSha256, "sha256"},
                                                {Kind::kCrc32, "crc32"}};
  for (const auto& [kind, name] : kinds) {
    const std::string address = bench_.create(5);
    const Outgoing wrong =
        bench_.patch(address, 0, {{"hello"}}, {{"Upload-Checksum", checksum(kind, name, "other")}});
    EXPECT_EQ(wrong.status, 460) << name;
    EXPECT_EQ(bench_.offset(address), "0") << name;
    const Outgoing right = bench_.patch(address, 0, {{"hel", "lo"}},
                                        {{"Upload-Checksum", checksum(kind, name, "hello")}});
    EXPECT_EQ(right.status, 204) << name;
    EXPECT_EQ(content_of(bench_.store().original(Bench::id_of(address))), "hello") << name;
  }
}

TEST_F(TusUpload, DropsALargeBodyWhoseChecksumIsWrong) {
  const std::string large(1'000'000, 'x');
  const std::string address = bench_.create(1'000'003);
  EXPECT_EQ(bench_.patch(address, 0, {{"abc"}}).status, 204);
  const std::string sum = checksum(core::Digest::Kind::kSha1, "sha1", "other");
  EXPECT_EQ(bench_.patch(address, 3, {{large}}, {{"Upload-Checksum", sum}}).status, 460);
  EXPECT_EQ(bench_.offset(address), "3");
  const std::string right = checksum(core::Digest::Kind::kSha1, "sha1", large);
  EXPECT_EQ(bench_.patch(address, 3, {{large}}, {{"Upload-Checksum", right}}).status, 204);
  EXPECT_EQ(content_of(bench_.store().original(Bench::id_of(address))), "abc" + large);
}

TEST_F(TusUpload, IsCounted) {
  const std::string address = bench_.create(11);
  bench_.patch(address, 0, {.portions = {"hello"}, .hangs_up = true});
  const std::string wrong = checksum(core::Digest::Kind::kMd5, "md5", "other");
  bench_.patch(address, 5, {{" world"}}, {{"Upload-Checksum", wrong}});
  bench_.patch(address, 5, {{" world"}});
  const UploadMetrics counts(bench_.metrics());
  EXPECT_EQ(bench_.metrics().value(counts.received_bytes), 11U);
  EXPECT_EQ(bench_.metrics().value(counts.active), 0);
  EXPECT_EQ(bench_.metrics().value(counts.accepted), 1U);
  EXPECT_EQ(bench_.metrics().value(counts.interrupted), 1U);
  EXPECT_EQ(bench_.metrics().value(counts.checksum_mismatches), 1U);
}

TEST_F(TusUpload, EndsWhenTheClientSaysSo) {  // UP-01
  const std::string address = bench_.create(5);
  bench_.patch(address, 0, {{"hel"}});
  EXPECT_EQ(bench_.with_tus(Method::kDelete, address).status, 204);
  EXPECT_TRUE(bench_.store().list()->empty());
  EXPECT_EQ(bench_.with_tus(Method::kHead, address).status, 410);
  EXPECT_EQ(bench_.patch(address, 3, {{"lo"}}).status, 410);
  EXPECT_EQ(bench_.with_tus(Method::kDelete, address).status, 410);
}

TEST_F(TusUpload, IsNotEndedOnceItIsAVideo) {
  const std::string address = bench_.create(5);
  bench_.patch(address, 0, {{"hello"}});
  EXPECT_EQ(bench_.with_tus(Method::kDelete, address).status, 409);
  EXPECT_EQ(content_of(bench_.store().original(Bench::id_of(address))), "hello");
}

TEST_F(TusUpload, ExpiresADayAfterItsLastRequest) {  // UP-01
  using std::chrono::hours;
  const std::string left = bench_.create(5);
  const std::string used = bench_.create(5);
  bench_.clock().advance(hours(23));
  EXPECT_EQ(bench_.patch(used, 0, {{"h"}}).status, 204);
  bench_.clock().advance(hours(2));
  EXPECT_EQ(bench_.core().block_on(bench_.uploads().expire_once()).value(), 1U);
  EXPECT_EQ(bench_.with_tus(Method::kHead, left).status, 410);
  EXPECT_EQ(bench_.offset(used), "1");
  EXPECT_EQ(bench_.store().list()->size(), 1U);
}

TEST_F(TusUpload, ObeysTheMethodInAFieldForProxiesThatKnowNoPatch) {
  const std::string address = bench_.create(5);
  test::Fields fields = {{"Tus-Resumable", "1.0.0"},
                         {"X-HTTP-Method-Override", "PATCH"},
                         {"Content-Type", "application/offset+octet-stream"},
                         {"Upload-Offset", "0"}};
  EXPECT_EQ(
      bench_
          .ask({.method = Method::kPost, .target = address, .fields = fields, .body = {{"hello"}}})
          .status,
      204);
  EXPECT_EQ(bench_.videos().size(), 1U);
  fields[1].second = "GET";
  EXPECT_EQ(bench_.ask({.method = Method::kPost, .target = address, .fields = fields}).status, 405);
}

TEST(TusUploadLimits, RefuseWhatTheDiskCannotTake) {
  Bench bench({.size_max = uint64_t{1} << 62, .free_floor = uint64_t{1} << 61});
  const Outgoing answer =
      bench.ask({.method = Method::kPost,
                 .target = std::string(kUploadPath),
                 .fields = {{"Tus-Resumable", "1.0.0"}, {"Upload-Length", "5"}}});
  EXPECT_EQ(answer.status, 507);
  EXPECT_TRUE(bench.store().list()->empty());
}

TEST(TusUploadLimits, RefuseMoreUnfinishedUploadsThanAllowed) {
  Bench bench({.size_max = 100, .free_floor = 0, .unfinished_count_max = 2});
  bench.create(5);
  const std::string second = bench.create(5);
  const test::Asked third{.method = Method::kPost,
                          .target = std::string(kUploadPath),
                          .fields = {{"Tus-Resumable", "1.0.0"}, {"Upload-Length", "5"}}};
  EXPECT_EQ(bench.ask(third).status, 503);
  bench.patch(second, 0, {{"hello"}});
  EXPECT_EQ(bench.ask(third).status, 201) << "a finished one no longer counts";
}

}  // namespace
}  // namespace millrace::media::upload
