#include "core/load_board.h"

#include <gtest/gtest.h>

namespace millrace::core {
namespace {

void add(LoadBoard& board, unsigned core, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) board.add(core);
}

TEST(LoadBoard, NamesTheLightestOfThoseThatAreOpen) {
  LoadBoard board(4);
  for (const unsigned core : {1U, 2U}) board.open(core);
  add(board, 0, 20);
  add(board, 1, 10);
  add(board, 2, 5);
  EXPECT_EQ(board.lighter_than(0), 2U) << "nobody may choose the last one, which holds nothing";
  board.close(2);
  EXPECT_EQ(board.lighter_than(0), 1U);
  EXPECT_EQ(board.lighter_than(1), std::nullopt);
  EXPECT_EQ(board.lighter_than(3), std::nullopt);
}

TEST(LoadBoard, ToleratesLittleDifferences) {
  LoadBoard board(2);
  board.open(1);
  add(board, 0, LoadBoard::kTolerated);
  EXPECT_EQ(board.lighter_than(0), std::nullopt);
  board.add(0);
  EXPECT_EQ(board.lighter_than(0), 1U);
  add(board, 0, 1000 - board.load(0));
  const uint32_t tolerated = 1000 / LoadBoard::kToleratedShare;
  add(board, 1, 1000 - tolerated - 1);
  EXPECT_EQ(board.lighter_than(0), 1U);
  board.add(1);
  EXPECT_EQ(board.lighter_than(0), std::nullopt);
  board.remove(1);
  EXPECT_EQ(board.lighter_than(0), 1U);
}

TEST(LoadBoard, LooksAtOthersInTurnWhenThereAreMany) {
  constexpr unsigned kCores = 64;
  LoadBoard board(kCores);
  for (unsigned core = 1; core < kCores; ++core) board.open(core);
  // As if all came to one listener.
  for (int i = 0; i < 64 * 40; ++i) board.add(board.lighter_than(0).value_or(0));
  for (unsigned core = 0; core < kCores; ++core) {
    EXPECT_GT(board.load(core), 40 - 3 * LoadBoard::kTolerated) << core;
    EXPECT_LT(board.load(core), 40 + 3 * LoadBoard::kTolerated) << core;
  }
}

TEST(LoadBoard, OfOneCoreNamesNobody) {
  LoadBoard board(1);
  board.open(0);
  add(board, 0, 100);
  EXPECT_EQ(board.lighter_than(0), std::nullopt);
}

}  // namespace
}  // namespace millrace::core
