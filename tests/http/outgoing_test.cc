#include "http/outgoing.h"

#include <gtest/gtest.h>

#include "http/problem.h"
#include "tests/http/sample_request.h"

namespace millrace::http {
namespace {

using test::FieldList;
using test::SampleRequest;

const std::string kText(4000, 'm');

Response playlist() {
  return Response::ok("application/vnd.apple.mpegurl", kText)
      .with_etag("\"p\"")
      .with_cache_control("max-age=3600")
      .ignoring_ranges();
}

Response segment() {
  FileSlices slices{.head = "0123456789",
                    .slices = {{.file = nullptr, .offset = 100, .size = 20},
                               {.file = nullptr, .offset = 7, .size = 30}}};
  return Response::ok("video/mp4", std::move(slices)).with_etag("\"s\"");
}

Outgoing answer(Method method, FieldList fields, Response response, CorsPolicy cors = {}) {
  SampleRequest request(method, "/", fields);
  return make_outgoing(request.get(), std::move(response), cors);
}

TEST(Outgoing, CarriesWhatEveryResponseNeeds) {
  const Outgoing out = answer(Method::kGet, {}, segment());
  EXPECT_EQ(out.status, 200);
  EXPECT_EQ(out.content_length, 60U);
  EXPECT_EQ(out.headers.find("ETag"), "\"s\"");
  EXPECT_EQ(out.headers.find("Accept-Ranges"), "bytes");
  EXPECT_EQ(out.headers.find("X-Content-Type-Options"), "nosniff");  // HT-01
  EXPECT_EQ(out.headers.find("Access-Control-Allow-Origin"), "*");   // HT-09
  EXPECT_NE(out.headers.find("Access-Control-Expose-Headers").find("Content-Range"),
            std::string_view::npos);
  EXPECT_FALSE(out.headers.contains("Vary")) << "media is the same for everybody";
}

TEST(Outgoing, CutsARangeAcrossHeadAndSlices) {  // HT-02
  const Outgoing out = answer(Method::kGet, {{"Range", "bytes=8-34"}}, segment());
  EXPECT_EQ(out.status, 206);
  EXPECT_EQ(out.content_length, 27U);
  EXPECT_EQ(out.headers.find("Content-Range"), "bytes 8-34/60");
  const auto& body = std::get<FileSlices>(out.body);
  EXPECT_EQ(body.head, "89");
  ASSERT_EQ(body.slices.size(), 2U);
  EXPECT_EQ(body.slices[0].offset, 100U);
  EXPECT_EQ(body.slices[0].size, 20U);
  EXPECT_EQ(body.slices[1].offset, 7U);
  EXPECT_EQ(body.slices[1].size, 5U);
}

TEST(Outgoing, LeavesOutSlicesThatARangeDoesNotTouch) {
  const Outgoing out = answer(Method::kGet, {{"Range", "bytes=-5"}}, segment());
  const auto& body = std::get<FileSlices>(out.body);
  EXPECT_EQ(body.head, "");
  ASSERT_EQ(body.slices.size(), 1U);
  EXPECT_EQ(body.slices[0].offset, 32U);
  EXPECT_EQ(body.slices[0].size, 5U);
}

TEST(Outgoing, SaysWhenARangeCannotBeHad) {  // HT-02
  const Outgoing out = answer(Method::kGet, {{"Range", "bytes=60-"}}, segment());
  EXPECT_EQ(out.status, 416);
  EXPECT_EQ(out.headers.find("Content-Range"), "bytes */60");
  EXPECT_EQ(out.headers.find("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(out.headers.contains("ETag"));
}

TEST(Outgoing, SendsAllWhenIfRangeNamesAnotherVersion) {  // HT-03
  const auto status = [](std::string_view if_range) {
    return answer(Method::kGet, {{"Range", "bytes=0-1"}, {"If-Range", if_range}}, segment()).status;
  };
  EXPECT_EQ(status("\"s\""), 206);
  EXPECT_EQ(status("\"t\""), 200);
  EXPECT_EQ(status("W/\"s\""), 200);
}

TEST(Outgoing, RangesAreForGetOnly) {  // HT-02
  EXPECT_EQ(answer(Method::kHead, {{"Range", "bytes=0-1"}}, segment()).status, 200);
  EXPECT_EQ(answer(Method::kPost, {{"Range", "bytes=0-1"}}, segment()).status, 200);
}

TEST(Outgoing, IgnoresRangesOfPlaylists) {  // LH-08
  const Outgoing out =
      answer(Method::kGet,
             {{"Range", "bytes=0-"}, {"Accept-Encoding", "gzip, identity;q=1, *;q=0"}}, playlist());
  EXPECT_EQ(out.status, 200);
  EXPECT_EQ(out.headers.find("Content-Encoding"), "gzip");
  EXPECT_FALSE(out.headers.contains("Accept-Ranges"));
  EXPECT_FALSE(out.headers.contains("Content-Range"));
}

TEST(Outgoing, CompressesTextUnderAnEtagOfItsOwn) {  // HT-04, HT-07
  const Outgoing out = answer(Method::kGet, {{"Accept-Encoding", "gzip"}}, playlist());
  EXPECT_EQ(out.headers.find("ETag"), "\"p-gz\"");
  EXPECT_EQ(out.headers.find("Vary"), "Accept-Encoding");
  EXPECT_LT(*out.content_length, 200U);
  const Outgoing plain = answer(Method::kGet, {}, playlist());
  EXPECT_EQ(plain.headers.find("ETag"), "\"p\"");
  EXPECT_EQ(plain.headers.find("Vary"), "Accept-Encoding");
  EXPECT_EQ(plain.content_length, kText.size());
}

TEST(Outgoing, SendsTheSharedCompressedTextWhereThereIsOne) {
  const SharedBytes shared{.identity = std::make_shared<const std::string>(kText),
                           .gzip = std::make_shared<const std::string>("compressed before")};
  const Outgoing out = answer(Method::kGet, {{"Accept-Encoding", "gzip"}},
                              Response::ok("text/html; charset=utf-8", shared));
  EXPECT_EQ(std::get<SharedBytes>(out.body).identity, shared.gzip);
  EXPECT_EQ(out.headers.find("Content-Encoding"), "gzip");
}

TEST(Outgoing, CutsRangesOfTextFromTheTextItself) {
  const Outgoing out = answer(Method::kGet, {{"Range", "bytes=0-9"}, {"Accept-Encoding", "gzip"}},
                              Response::ok("text/vtt", kText));
  EXPECT_EQ(out.status, 206);
  EXPECT_EQ(std::get<std::string>(out.body), std::string(10, 'm'));
  EXPECT_FALSE(out.headers.contains("Content-Encoding"));
}

TEST(Outgoing, AnswersAKnownVersionWithoutItsBody) {  // HT-03
  const Outgoing out = answer(
      Method::kGet, {{"If-None-Match", "\"p-gz\""}, {"Accept-Encoding", "gzip"}}, playlist());
  EXPECT_EQ(out.status, 304);
  EXPECT_EQ(out.headers.find("ETag"), "\"p-gz\"");
  EXPECT_EQ(out.headers.find("Cache-Control"), "max-age=3600");
  EXPECT_EQ(out.headers.find("Vary"), "Accept-Encoding");
  EXPECT_EQ(out.headers.find("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(out.headers.contains("Content-Type"));
  EXPECT_EQ(out.content_length, std::nullopt);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(out.body));
  EXPECT_EQ(answer(Method::kGet, {{"If-Match", "\"other\""}}, playlist()).status, 412);
}

TEST(Outgoing, HeadHasTheFieldsOfGetAndNoBody) {  // HT-05
  const Outgoing get = answer(Method::kGet, {}, segment());
  const Outgoing head = answer(Method::kHead, {}, segment());
  EXPECT_TRUE(std::holds_alternative<std::monostate>(head.body));
  EXPECT_EQ(head.content_length, get.content_length);
  ASSERT_EQ(head.headers.count(), get.headers.count());
  for (const auto& field : get.headers) EXPECT_EQ(head.headers.find(field.name), field.value);
}

TEST(Outgoing, MakesAProblemOfAnError) {  // HT-08, HT-09
  SampleRequest request(Method::kGet, "/");
  const Outgoing out =
      make_outgoing(request.get(), core::fail(core::ErrorCode::kNotFound, "no such video"), {});
  EXPECT_EQ(out.status, 404);
  EXPECT_EQ(out.headers.find("Content-Type"), "application/problem+json");
  EXPECT_EQ(out.headers.find("Access-Control-Allow-Origin"), "*");
}

TEST(Outgoing, NamesListedOriginsOnly) {  // HT-09
  const CorsPolicy listed{.origins = {"https://play.example"}};
  const Outgoing theirs =
      answer(Method::kGet, {{"Origin", "https://play.example"}}, segment(), listed);
  EXPECT_EQ(theirs.headers.find("Access-Control-Allow-Origin"), "https://play.example");
  EXPECT_EQ(theirs.headers.find("Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(theirs.headers.find("Vary"), "Origin");
  const Outgoing other =
      answer(Method::kGet, {{"Origin", "https://evil.example"}}, segment(), listed);
  EXPECT_FALSE(other.headers.contains("Access-Control-Allow-Origin"));
  EXPECT_EQ(other.headers.find("Vary"), "Origin");
}

}  // namespace
}  // namespace millrace::http
