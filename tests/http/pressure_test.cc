#include "http/pressure.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

using namespace std::chrono_literals;

class PressureTest : public testing::Test {
 protected:
  core::LoopLag lag_{core::MonotonicTime(1s)};
  PressureGauge gauge_{lag_};
};

TEST_F(PressureTest, IsNoneOnAQuietMachineAndOnOneThatTellsNothing) {
  EXPECT_EQ(gauge_.level(), Pressure::kNone);
  gauge_.set_machine_load({});
  EXPECT_EQ(gauge_.level(), Pressure::kNone);
}

TEST_F(PressureTest, RisesWithTheKernelsMemoryForTcp) {
  const auto level_at = [&](uint64_t used) {
    gauge_.set_machine_load({.tcp = core::TcpMemory{.used = used, .pressure = 600, .max = 1000}});
    return gauge_.level();
  };
  EXPECT_EQ(level_at(599), Pressure::kNone);
  EXPECT_EQ(level_at(600), Pressure::kNoConnections);
  EXPECT_EQ(level_at(900), Pressure::kNoStarts);
  EXPECT_EQ(gauge_.level(PressureSignal::kTcpMemory), Pressure::kNoStarts);
  EXPECT_EQ(gauge_.level(PressureSignal::kDescriptors), Pressure::kNone);
  EXPECT_EQ(level_at(10), Pressure::kNone);
}

TEST_F(PressureTest, RisesAsDescriptorsRunOut) {
  const auto level_at = [&](uint64_t open) {
    gauge_.set_machine_load({.descriptors_open = open, .descriptors_max = 1000});
    return gauge_.level();
  };
  EXPECT_EQ(level_at(899), Pressure::kNone);
  EXPECT_EQ(level_at(900), Pressure::kNoConnections);
  EXPECT_EQ(level_at(950), Pressure::kNoStarts);
}

TEST_F(PressureTest, RisesWhenTurnsOfTheLoopStayLong) {
  core::MonotonicTime now{1s};
  const auto turns_of = [&](std::chrono::milliseconds length) {
    for (int i = 0; i < 60; ++i, now += length) lag_.worked(now, now + length);
    return gauge_.level();
  };
  EXPECT_EQ(turns_of(20ms), Pressure::kNone);
  EXPECT_EQ(turns_of(250ms), Pressure::kNoConnections);
  EXPECT_EQ(turns_of(500ms), Pressure::kNoStarts);
  gauge_.set_lag_max(1s);
  EXPECT_EQ(gauge_.level(), Pressure::kNone);
}

}  // namespace
}  // namespace millrace::http
