#include "http/problem.h"

#include <gtest/gtest.h>

#include <array>

namespace millrace::http {
namespace {

TEST(Problem, IsOneJsonObjectWithItsOwnMembers) {
  const std::array members = {ProblemMember{"itags", "[18,22]"}};
  const Response response = problem(404, "No such format", "itag 37 is \"absent\"", members);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json");
  EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
  EXPECT_EQ(std::get<std::string>(response.body),
            R"({"type":"about:blank","title":"No such format","status":404,)"
            R"("detail":"itag 37 is \"absent\"","itags":[18,22]})");
}

TEST(Problem, TellsAClientToComeBackWhenItMay) {  // HT-08
  const Response response = problem(core::Error{core::ErrorCode::kOverloaded, 0, "too many"});
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.find("Retry-After"), "1");
  EXPECT_NE(std::get<std::string>(response.body).find("too many"), std::string::npos);
}

TEST(Problem, ShowsWhatTheClientDidWrongAndNotWhatFailedInside) {
  const Response theirs =
      problem(core::Error{core::ErrorCode::kInvalid, 0, "page is not a number"});
  EXPECT_NE(std::get<std::string>(theirs.body).find("page is not a number"), std::string::npos);
  const Response ours = problem(core::Error{core::ErrorCode::kOs, 13, "open /srv/secret"});
  EXPECT_EQ(ours.status, 500);
  EXPECT_EQ(std::get<std::string>(ours.body).find("secret"), std::string::npos);
}

}  // namespace
}  // namespace millrace::http
