#include "http/limits.h"

#include <gtest/gtest.h>

#include "http/cors.h"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;

TEST(Limits, AreWhatTheOperatorSet) {
  core::HttpConfig http;
  core::ServerConfig server;
  http.stall_timeout = 10s;
  http.send_rate_min = {4096};
  http.receive_rate_min = {1000};
  http.connections_per_address_max = 7;
  server.shutdown_deadline = 5s;
  const Limits limits = limits_of(http, server);
  EXPECT_EQ(limits.taken_bytes_min, 40'960U) << "the rate, over the time";
  EXPECT_EQ(limits.given_bytes_min, 10'000U);
  EXPECT_EQ(limits.connection_count_max_per_address, 7U);
  EXPECT_EQ(limits.drain_timeout, 5s);
}

TEST(CorsPolicy, IsOpenWhereAnyOriginIsAllowed) {
  EXPECT_TRUE(cors_policy_of({.allowed_origins = {"https://a.example", "*"}}).origins.empty());
  EXPECT_EQ(cors_policy_of({.allowed_origins = {"https://a.example"}}).origins.size(), 1U);
}

}  // namespace
}  // namespace millrace::http
