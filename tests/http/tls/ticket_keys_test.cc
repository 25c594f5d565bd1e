#include "http/tls/ticket_keys.h"

#include <gtest/gtest.h>

namespace millrace::http::tls {
namespace {

using namespace std::chrono_literals;

TEST(TicketKeys, AreTheSameOnEveryCoreWhenTheyComeToThem) {
  core::SimulatedClock clock;
  const TicketSeed seed = TicketSeed::random(clock.now());
  TicketKeys here(seed, 1h, clock);
  TicketKeys there(seed, 1h, clock);
  for (int i = 0; i < 5; ++i) {
    const TicketKeys::Key key = here.current();
    const TicketKeys::Found found = there.find(key.name);
    ASSERT_NE(found.key, nullptr);
    EXPECT_EQ(found.age, TicketKeys::Age::kCurrent);
    EXPECT_EQ(found.key->cipher, key.cipher);
    EXPECT_EQ(found.key->mac, key.mac);
    clock.advance(90min);
  }
}

TEST(TicketKeys, OpenForOnePeriodMoreThanTheySeal) {
  core::SimulatedClock clock;
  TicketKeys keys(TicketSeed::random(clock.now()), 1h, clock);
  const TicketKeys::Key first = keys.current();
  clock.advance(59min);
  EXPECT_EQ(keys.current().name, first.name);
  clock.advance(1min);
  EXPECT_NE(keys.current().name, first.name);
  EXPECT_EQ(keys.find(first.name).age, TicketKeys::Age::kPrevious);
  EXPECT_EQ(keys.find(first.name).key->cipher, first.cipher);
  clock.advance(1h);
  EXPECT_EQ(keys.find(first.name).key, nullptr);
}

TEST(TicketKeys, DifferFromProcessToProcess) {
  core::SimulatedClock clock;
  TicketKeys a(TicketSeed::random(clock.now()), 1h, clock);
  TicketKeys b(TicketSeed::random(clock.now()), 1h, clock);
  EXPECT_EQ(b.find(a.current().name).key, nullptr);
}

}  // namespace
}  // namespace millrace::http::tls
