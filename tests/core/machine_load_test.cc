#include "core/machine_load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/loop_lag.h"
#include "core/unique_fd.h"

namespace millrace::core {
namespace {

using namespace std::chrono_literals;

TEST(ReadTcpMemory, TakesPagesInUseAndTheKernelsTwoMarks) {
  constexpr std::string_view kSockstat =
      "sockets: used 312\n"
      "TCP: inuse 12 orphan 0 tw 4 alloc 15 mem 77\n"
      "UDP: inuse 3 mem 2\n";
  EXPECT_EQ(read_tcp_memory(kSockstat, "94218\t125625\t188436\n"),
            (TcpMemory{.used = 77, .pressure = 125'625, .max = 188'436}));
}

TEST(ReadTcpMemory, IsEmptyWhereTheMachineDoesNotTell) {
  EXPECT_FALSE(read_tcp_memory("", "1 2 3"));
  EXPECT_FALSE(read_tcp_memory("sockets: used 1\nTCP: inuse 12 mem 77\n", ""));
  EXPECT_FALSE(read_tcp_memory("sockets: used 1\nTCP: inuse 12\nUDP: mem 2\n", "1 2 3"));
  EXPECT_FALSE(read_tcp_memory("sockets: used 1\nTCP: mem 99999999999999999999\n", "1 2 3"));
}

TEST(SampleMachineLoad, CountsThisProcess) {
  const MachineLoad before = sample_machine_load();
  const UniqueFd one(::dup(0)), two(::dup(0));
  const MachineLoad after = sample_machine_load();
  EXPECT_EQ(after.descriptors_open, before.descriptors_open + 2);
  EXPECT_GT(after.descriptors_max, after.descriptors_open);
  EXPECT_GT(after.resident_bytes, 100'000U);
}

TEST(LoopLag, ForgivesLongTurnsOfAQuietCoreAndNoticesThoseOfABusyOneAndForgets) {
  MonotonicTime now{1s};
  LoopLag lag(now);
  const auto turn = [&](std::chrono::milliseconds waited, std::chrono::milliseconds worked) {
    now += waited;
    lag.worked(now, now + worked);
    now += worked;
  };
  turn(5000ms, 400ms);
  EXPECT_LT(lag.average(), 100ms);
  for (int i = 0; i < 20; ++i) turn(1000ms, 200ms);
  EXPECT_LT(lag.average(), 100ms);
  for (int i = 0; i < 40; ++i) turn(1ms, 250ms);
  EXPECT_GT(lag.average(), 240ms);
  EXPECT_EQ(lag.take_longest(), 400ms);
  turn(4000ms, 1ms);
  EXPECT_LT(lag.average(), 100ms);
  EXPECT_EQ(lag.take_longest(), 1ms);
}

}  // namespace
}  // namespace millrace::core
