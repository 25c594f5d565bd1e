#include "http/dispatch.h"

#include <gtest/gtest.h>

#include "tests/http/sample_request.h"

namespace millrace::http {
namespace {

using test::SampleRequest;

RouteResult get_item(Request& request) {
  return Response::ok("text/plain", std::string(request.param("id")));
}
core::Task<RouteResult> post_item(Request& request) {
  const auto body = co_await request.read_whole_body(8);
  if (!body) co_return std::unexpected(body.error());
  co_return Response::ok("text/plain", *body);
}

class Dispatch : public ::testing::Test {
 protected:
  Dispatch() {
    router_.add(Method::kGet, "/items/{id}", endpoint<&get_item>());
    router_.add(Method::kPost, "/items", endpoint<&post_item>());
  }
  Outgoing run(Method method, std::string_view target, test::FieldList fields = {},
               std::initializer_list<std::string> body = {}) {
    SampleRequest request(method, target, fields, body);
    return test::run_now(dispatch(clock_, site_, request.get()));
  }
  Router router_;
  core::SystemClock clock_;
  core::Metrics registry_;
  ServerMetrics metrics_{registry_};
  Site site_{.router = router_, .metrics = metrics_, .cors = {}, .limits = {}};
};

TEST_F(Dispatch, RunsTheRouteOfThePath) {
  EXPECT_EQ(std::get<std::string>(run(Method::kGet, "/items/a%20b").body), "a b");
  EXPECT_EQ(std::get<std::string>(run(Method::kPost, "/items", {}, {"one ", "two"}).body),
            "one two");
  EXPECT_EQ(run(Method::kPost, "/items", {}, {"one ", "three"}).status, 413);
}

TEST_F(Dispatch, TellsAnUnknownPathFromAnUnknownMethod) {  // HT-05, HT-08
  EXPECT_EQ(run(Method::kGet, "/nothing").status, 404);
  const Outgoing out = run(Method::kDelete, "/items/1");
  EXPECT_EQ(out.status, 405);
  EXPECT_EQ(out.headers.find("Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(Dispatch, AnswersPreflights) {  // HT-09
  const Outgoing out =
      run(Method::kOptions, "/items/1",
          {{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "GET"}});
  EXPECT_EQ(out.status, 204);
  EXPECT_EQ(out.headers.find("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(out.headers.find("Access-Control-Allow-Methods"), "GET, HEAD");
  EXPECT_NE(out.headers.find("Access-Control-Allow-Headers").find("Range"), std::string_view::npos);
  EXPECT_EQ(out.headers.find("Access-Control-Max-Age"), "7200");
  EXPECT_EQ(run(Method::kOptions, "*").headers.find("Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(Dispatch, LetsOnlyListedPagesOfOtherOriginsWrite) {
  const auto status = [this](std::string_view origin) {
    return run(Method::kPost, "/items", {{"Origin", origin}, {"Host", "tv.example:8080"}}).status;
  };
  EXPECT_EQ(status("http://tv.example:8080"), 200);
  EXPECT_EQ(status("https://evil.example"), 403);
  EXPECT_EQ(status("null"), 403);
  site_.cors.origins = {"https://cms.example"};
  EXPECT_EQ(status("https://cms.example"), 200);
  EXPECT_EQ(run(Method::kOptions, "/items",
                {{"Origin", "https://cms.example"}, {"Access-Control-Request-Method", "POST"}})
                .headers.find("Access-Control-Allow-Methods"),
            "POST, OPTIONS");
}

}  // namespace
}  // namespace millrace::http
