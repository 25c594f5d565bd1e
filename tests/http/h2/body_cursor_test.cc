#include "http/h2/body_cursor.h"

#include <gtest/gtest.h>

#include "http/file_layout.h"

namespace millrace::http::h2 {
namespace {

// A head of 10 bytes, and 200 runs of 5 bytes from every tenth byte of a file.
LayoutPart laid_out() {
  auto layout = std::make_shared<FileLayout>(std::string(10, 'm'));
  for (uint64_t i = 0; i < 200; ++i) layout->append(0, i * 10, 5);
  LayoutPart part{.layout = layout, .files = {}, .first = 0, .size = layout->size()};
  part.files.push_back(std::make_shared<const OpenFile>(core::UniqueFd(), 10'000));
  return part;
}

TEST(BodyCursor, GoesThroughALayoutAlsoAfterItWasMoved) {
  const Body body = laid_out();
  core::BufferPool pool(1 << 20);
  BodyCursor cursor;
  cursor = BodyCursor(body);
  Batch batch(std::move(*pool.take(64 * 1024)));
  uint64_t next = 0;  // The run that is expected.
  cursor.take(10, batch);
  batch.clear();
  while (cursor.left() > 0) {
    cursor.take(5, batch);
    ASSERT_EQ(batch.pieces().size(), 1U);
    EXPECT_EQ(batch.pieces().front().offset, next * 10);
    EXPECT_EQ(batch.pieces().front().size, 5U);
    batch.clear();
    ++next;
  }
  EXPECT_EQ(next, 200U);
  EXPECT_TRUE(cursor.is_last());
}

}  // namespace
}  // namespace millrace::http::h2
