#include "http/router.h"

#include <gtest/gtest.h>

#include "tests/http/sample_request.h"

namespace millrace::http {
namespace {

struct Store {
  core::Task<RouteResult> get_video(Request& request) {
    co_return Response::ok("text/plain", name + std::string(request.param("id")));
  }
  RouteResult get_count(Request&) const { return Response::ok("text/plain", "7"); }
  std::string name = "video ";
};

RouteResult get_health(Request&) { return Response::ok("text/plain", "well"); }

core::Task<RouteResult> get_name(Request&, const Store& store) {
  co_return Response::ok("text/plain", store.name);
}

std::string text_of(const RouteResult& result) { return std::get<std::string>(result->body); }

// The route that matches, as the pattern's position, and its parameters.
std::string matched(const Router& router, Method method, std::string_view path) {
  const auto match = router.match(path);
  if (!match) return "404";
  const Endpoint* endpoint = match->find(method);
  if (endpoint == nullptr) return "405 " + match->allowed_methods();
  test::SampleRequest request(method, "/");
  std::string text = text_of(test::run_now(endpoint->call(endpoint->self, request.get())));
  for (const auto& [name, value] : match->params) {
    text.append(" ").append(name).append("=").append(value);
  }
  return text;
}

template <char kName>
RouteResult named(Request&) {
  return Response::ok("text/plain", std::string(1, kName));
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    router_.add(Method::kGet, "/", endpoint<&named<'a'>>());
    router_.add(Method::kGet, "/videos", endpoint<&named<'b'>>());
    router_.add(Method::kPost, "/videos", endpoint<&named<'c'>>());
    router_.add(Method::kGet, "/videos/{id}", endpoint<&named<'d'>>());
    router_.add(Method::kGet, "/videos/{id}/events", endpoint<&named<'e'>>());
    router_.add(Method::kGet, "/videos/new", endpoint<&named<'f'>>());
    router_.add(Method::kGet, "/manifest/{id}.m3u8", endpoint<&named<'g'>>());
    router_.add(Method::kGet, "/manifest/{id}/{quality}.m3u8", endpoint<&named<'h'>>());
    router_.add(Method::kGet, "/manifest/{id}/{quality}/{first:uint}-{last:uint}.m4s",
                endpoint<&named<'i'>>());
    router_.add(Method::kGet, "/manifest/{id}/{quality}/init.mp4", endpoint<&named<'j'>>());
    router_.add(Method::kGet, "/assets/{path...}", endpoint<&named<'k'>>());
    router_.add(Method::kOptions, "/upload", endpoint<&named<'l'>>());
  }
  Router router_;
};

using test::SampleRequest;

TEST_F(RouterTest, FindsRoutesAndTheirParameters) {
  EXPECT_EQ(matched(router_, Method::kGet, "/"), "a");
  EXPECT_EQ(matched(router_, Method::kGet, "/videos"), "b");
  EXPECT_EQ(matched(router_, Method::kPost, "/videos"), "c");
  EXPECT_EQ(matched(router_, Method::kGet, "/videos/x"), "d id=x");
  EXPECT_EQ(matched(router_, Method::kGet, "/videos/x/events"), "e id=x");
  EXPECT_EQ(matched(router_, Method::kGet, "/manifest/x.m3u8"), "g id=x");
  EXPECT_EQ(matched(router_, Method::kGet, "/manifest/x.m3u8.m3u8"), "g id=x.m3u8");
  EXPECT_EQ(matched(router_, Method::kGet, "/manifest/x/720p-vp9.m3u8"), "h id=x quality=720p-vp9");
  EXPECT_EQ(matched(router_, Method::kGet, "/manifest/x/1080p/12-15.m4s"),
            "i id=x quality=1080p first=12 last=15");
  EXPECT_EQ(matched(router_, Method::kGet, "/assets/js/hls.min.js"), "k path=js/hls.min.js");
}

TEST_F(RouterTest, PrefersTheMoreLiteralPattern) {
  EXPECT_EQ(matched(router_, Method::kGet, "/videos/new"), "f");
  EXPECT_EQ(matched(router_, Method::kGet, "/videos/new/events"), "e id=new");
  EXPECT_EQ(matched(router_, Method::kGet, "/manifest/x/1080p/init.mp4"), "j id=x quality=1080p");
}

TEST_F(RouterTest, HasNothingElse) {
  for (const std::string_view path :
       {"", "x", "/x", "/videos/", "/videos/x/", "//", "/manifest/.m3u8", "/manifest/x/1080p/-.m4s",
        "/manifest/x/1080p/a-5.m4s", "/manifest/x/1080p/1-5.m4sx", "/manifest/x/1080p/1-5-6.m4s",
        "/manifest/x/1080p/11111111111111111111-5.m4s", "/assets/", "/assets", "/Videos"}) {
    EXPECT_EQ(matched(router_, Method::kGet, path), "404") << path;
  }
}

TEST_F(RouterTest, NamesTheMethodsOfAPath) {  // HT-05
  EXPECT_EQ(matched(router_, Method::kDelete, "/videos"), "405 GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(matched(router_, Method::kGet, "/upload"), "405 OPTIONS");
  EXPECT_EQ(matched(router_, Method::kHead, "/videos"), "b") << "HEAD is GET's";
  EXPECT_EQ(matched(router_, Method::kHead, "/upload"), "405 OPTIONS");
}

TEST_F(RouterTest, ListsItsRoutesInOrder) {
  ASSERT_EQ(router_.list().size(), 12U);
  EXPECT_EQ(router_.list()[2].method, Method::kPost);
  EXPECT_EQ(router_.list()[3].pattern, "/videos/{id}");
}

TEST(Endpoint, CallsMembersAndFunctionsWithTheirState) {
  Store store;
  SampleRequest request(Method::kGet, "/");
  request.get().set_params({{"id", "9"}});
  const auto call = [&](Endpoint target) {
    return text_of(test::run_now(target.call(target.self, request.get())));
  };
  EXPECT_EQ(call(endpoint<&Store::get_video>(store)), "video 9");
  EXPECT_EQ(call(endpoint<&Store::get_count>(store)), "7");
  EXPECT_EQ(call(endpoint<&get_name>(store)), "video ");
  EXPECT_EQ(call(endpoint<&get_health>()), "well");
}

}  // namespace
}  // namespace millrace::http
