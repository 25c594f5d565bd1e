#include "media/api/page_routes.h"

#include "media/player/assets.h"
#include "tests/media/api/api_test_bench.h"

namespace millrace::media::api {
namespace {

class PageRoutesTest : public ApiTestBench {};

TEST_F(PageRoutesTest, SendOneDocumentForEveryAddressOfThePage) {
  const Reply library = get("/");
  EXPECT_EQ(library.status, 200);
  EXPECT_EQ(library.field("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(library.field("Cache-Control"), "no-cache");
  EXPECT_TRUE(library.body.starts_with("<!")) << library.body.substr(0, 80);
  EXPECT_EQ(get("/watch/readyready1").body, library.body);
  EXPECT_EQ(get("/?v=readyready1").body, library.body);
}

TEST_F(PageRoutesTest, ForbidWhatThePageDoesNotNeed) {
  const Reply page = get("/");
  EXPECT_EQ(page.field("Content-Security-Policy"), player::kContentSecurityPolicy);
  EXPECT_EQ(page.field("X-Content-Type-Options"), "nosniff");
  EXPECT_NE(page.field("Content-Security-Policy").find("default-src"), std::string_view::npos);
}

TEST_F(PageRoutesTest, SendTheFilesOfThePageCompressedWhereTheClientAcceptsIt) {
  const std::string path =
      "/assets/" + std::string([] {
        for (const player::Asset& asset : player::assets()) {
          if (asset.path.starts_with("/assets/") && !asset.path.starts_with("/assets/vendor/") &&
              !asset.gzip.empty()) {
            return asset.path.substr(8);
          }
        }
        return std::string_view("missing");
      }());
  const Reply plain = get(path);
  ASSERT_EQ(plain.status, 200) << path;
  const Reply small = get(path, "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(small.field("Content-Encoding"), "gzip");
  EXPECT_EQ(small.field("Vary"), "Accept-Encoding");
  EXPECT_LT(small.body.size(), plain.body.size());
  const std::string etag(plain.field("ETag"));
  EXPECT_EQ(get(path, "If-None-Match: " + etag + "\r\n").status, 304);
}

TEST_F(PageRoutesTest, HaveNoOtherFiles) {
  EXPECT_EQ(get("/assets/none.js").status, 404);
  EXPECT_EQ(get("/assets/..%2f..%2fetc%2fpasswd").status, 400);
  EXPECT_EQ(get("/assets/%2e%2e/etc/passwd").status, 400);
}

class OperationRoutesTest : public ApiTestBench {};

TEST_F(OperationRoutesTest, SayThatTheServerLivesAlsoWhileItStops) {
  Client client = connect();
  const Reply well = client.get("/healthz");
  EXPECT_EQ(well.status, 200);
  EXPECT_EQ(well.body, R"({"status":"ok","version":"1.2.3","uptime_seconds":0})");
  EXPECT_EQ(well.field("Cache-Control"), "no-store");
  core_->stopping().request();
  EXPECT_EQ(client.get("/healthz").status, 200);
}

TEST_F(OperationRoutesTest, SayWhyNobodyNewShouldBeSentHere) {
  Client client = connect();
  const Reply ready = client.get("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(ready.body, R"({"status":"ready","catalogue_open":true,"listening":true,)"
                        R"("draining":false,"pressure":"none"})");
  pressure_.set_machine_load({.descriptors_open = 95, .descriptors_max = 100});
  const Reply strained = client.get("/readyz");
  EXPECT_EQ(strained.status, 503);
  EXPECT_FALSE(strained.field("Retry-After").empty());
  EXPECT_TRUE(strained.body.contains(R"("pressure":"no_starts")")) << strained.body;
  pressure_.set_machine_load({});
  readiness_.listening = false;
  EXPECT_EQ(client.get("/readyz").status, 503);
  readiness_.listening = true;
  core_->stopping().request();
  EXPECT_TRUE(client.get("/readyz").body.contains(R"("draining":true)"));
}

TEST_F(OperationRoutesTest, ShowTheCountersForPrometheus) {
  const Reply reply = get("/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(reply.body.find("# TYPE millrace_http_"), std::string::npos) << reply.body;
}

}  // namespace
}  // namespace millrace::media::api
