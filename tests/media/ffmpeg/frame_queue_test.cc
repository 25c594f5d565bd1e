#include "media/ffmpeg/frame_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace millrace::media::ffmpeg {
namespace {

FramePtr frame(int64_t number, int bytes = 1000) {
  FramePtr made = new_frame();
  made->buf[0] = av_buffer_alloc(static_cast<size_t>(bytes));
  made->pts = number;
  return made;
}

TEST(FrameQueue, GivesFramesInOrderAndThenTheEnd) {
  FrameQueue queue(10'000);
  EXPECT_TRUE(queue.push(frame(1)));
  EXPECT_TRUE(queue.push(frame(2)));
  queue.close();
  EXPECT_EQ(queue.pop()->pts, 1);
  EXPECT_EQ(queue.pop()->pts, 2);
  EXPECT_EQ(queue.pop(), nullptr);
}

TEST(FrameQueue, TakesOneFrameHoweverLarge) {
  FrameQueue queue(10);
  EXPECT_TRUE(queue.push(frame(1, 1'000'000)));
}

TEST(FrameQueue, HoldsTheFeederBackUntilThereIsRoom) {
  FrameQueue queue(2'500);
  std::atomic<int> pushed = 0;
  std::thread feeder([&] {
    for (int i = 0; i < 100; ++i) {
      if (queue.push(frame(i))) ++pushed;
    }
    queue.close();
  });
  int64_t expected = 0;
  while (const FramePtr next = queue.pop()) {
    EXPECT_LE(pushed, expected + 4) << "two frames fit, one waits, one was just taken";
    EXPECT_EQ(next->pts, expected++);
  }
  feeder.join();
  EXPECT_EQ(expected, 100);
}

TEST(FrameQueue, ReleasesBothEndsWhenTheJobIsOver) {
  FrameQueue full(1);
  EXPECT_TRUE(full.push(frame(1)));
  std::thread feeder([&] { EXPECT_FALSE(full.push(frame(2))); });
  FrameQueue empty(1);
  std::thread taker([&] { EXPECT_EQ(empty.pop(), nullptr); });
  full.abandon();
  empty.abandon();
  feeder.join();
  taker.join();
}

}  // namespace
}  // namespace millrace::media::ffmpeg
