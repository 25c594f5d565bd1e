#include "tools/millrace/memory_plan.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

uint64_t bytes_of(const MemoryPlan& plan, std::string_view owner) {
  uint64_t bytes = 0;
  for (const auto* shares : {&plan.server, &plan.workers, &plan.kernel}) {
    for (const MemoryShare& share : *shares) {
      if (share.owner == owner) bytes += share.bytes;
    }
  }
  return bytes;
}

TEST(PlanMemory, FollowsTheLimitsThatAreSet) {
  core::Config config;
  config.server.cores = 2;
  config.http.connections_max = 1000;
  config.http.connections_per_core_max = 400;
  config.buffers.budget = core::ByteCount{10 << 20};
  config.workers.max = 3;
  config.workers.memory_max = core::ByteCount{1 << 30};
  const MemoryPlan small = plan_memory(config);
  EXPECT_EQ(bytes_of(small, "buffers"), 20U << 20);
  EXPECT_EQ(bytes_of(small, "receive buffers"), 8U << 20);
  EXPECT_EQ(bytes_of(small, "workers"), 5ULL << 30) << "three transcodes and two exports";
  EXPECT_EQ(bytes_of(small, "sockets"), 800ULL * 256 * 1024);
  EXPECT_EQ(bytes_of(small, "access log"), 0U);

  config.http.connections_per_core_max = 500;
  config.http.head_size_max = core::ByteCount{32 << 10};
  config.access_log.mode = core::AccessLogMode::kFull;
  const MemoryPlan more = plan_memory(config);
  EXPECT_EQ(bytes_of(more, "connections") * 8, bytes_of(small, "connections") * 10);
  EXPECT_GT(bytes_of(more, "requests"), bytes_of(small, "requests") * 10 / 8);
  EXPECT_EQ(bytes_of(more, "access log"), 2U << 20);
}

TEST(PlanMemory, CountsLiveStreamsThatMayBePublished) {
  core::Config config;
  config.workers.max = 1;
  config.workers.memory_max = core::ByteCount{1 << 30};
  EXPECT_EQ(bytes_of(plan_memory(config), "live parts"), 0U) << "no channel, no stream";
  const uint64_t rings = bytes_of(plan_memory(config), "worker rings");
  config.live.channel.resize(3);
  config.live.streams_max = 2;
  config.live.memory = core::ByteCount{100 << 20};
  const MemoryPlan plan = plan_memory(config);
  EXPECT_EQ(bytes_of(plan, "live parts"), 100U << 20);
  EXPECT_EQ(bytes_of(plan, "workers"), 5ULL << 30) << "a transcode, two exports, two streams";
  EXPECT_EQ(bytes_of(plan, "worker rings") * 3, rings * 5);
}

TEST(DescribeMemory, NamesEveryOwnerWithItsSum) {
  core::Config config;
  config.server.cores = 4;
  const std::string text = describe_memory(config);
  for (const MemoryShare& share : plan_memory(config).server) {
    EXPECT_TRUE(text.contains("  " + share.owner + " ")) << share.owner;
    EXPECT_TRUE(text.contains(share.sum)) << share.sum;
  }
  EXPECT_TRUE(text.contains("buffers                 256.0 MiB  4 cores of 64.0 MiB\n")) << text;
}

}  // namespace
}  // namespace millrace
