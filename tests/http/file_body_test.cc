#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <random>

#include "http/server.h"
#include "tests/http/loopback.h"
#include "tests/http/open_file.h"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::file_of;
using test::Reply;

std::string random_bytes(size_t size) {
  std::mt19937_64 random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// System calls that bring bytes into this process, of the calling thread.
uint64_t read_calls() {
  const core::UniqueFd io(::open("/proc/thread-self/io", O_RDONLY | O_CLOEXEC));
  char text[512] = {};
  EXPECT_GT(::read(io.get(), text, sizeof text - 1), 0);
  const std::string_view all(text);
  std::string_view rest = all.substr(all.find("syscr: ") + 7);
  return parse_decimal(take_until(rest, '\n')).value_or(0);
}

/// A generated head, and two runs of one file in the wrong order.
struct Film {
  std::string content = random_bytes(3 << 20);
  std::shared_ptr<const OpenFile> file = file_of(content);
  std::string expected = "generated head" + content.substr(1 << 20) + content.substr(5, 1 << 20);

  core::Snapshot<FileLayout> layout = lay_out();

  static core::Snapshot<FileLayout> lay_out() {
    auto made = std::make_shared<FileLayout>("generated head");
    constexpr uint64_t kRun = 4096;
    for (uint64_t at = 1 << 20; at < 3 << 20; at += kRun) made->append(0, at, kRun);
    for (uint64_t at = 0; at < 1 << 20; at += kRun) made->append(0, at + 5, kRun);
    return made;
  }

  RouteResult get_whole(Request&) const {
    return Response::ok("video/mp4", FileSlices{.head = {}, .slices = {{file, 0, content.size()}}});
  }
  RouteResult get_parts(Request&) const {
    return Response::ok("video/mp4",
                        FileSlices{.head = "generated head",
                                   .slices = {{file, 1 << 20, 2 << 20}, {file, 5, 1 << 20}}})
        .with_etag("\"film\"");
  }
  /// The same as the parts, laid out once, and cut into more runs than are sent at a time.
  RouteResult get_layout(Request&) const {
    return Response::ok(
        "video/mp4",
        LayoutPart{.layout = layout, .files = {file}, .first = 0, .size = layout->size()});
  }
  RouteResult get_short(Request&) const {
    return Response::ok("video/mp4",
                        FileSlices{.head = {}, .slices = {{file, 0, content.size() + 1}}});
  }
};

class FileBody : public test::LoopbackTest {
 protected:
  FileBody() {
    router_.add(Method::kGet, "/whole", endpoint<&Film::get_whole>(film_));
    router_.add(Method::kGet, "/parts", endpoint<&Film::get_parts>(film_));
    router_.add(Method::kGet, "/layout", endpoint<&Film::get_layout>(film_));
    router_.add(Method::kGet, "/short", endpoint<&Film::get_short>(film_));
    start();
  }
  Film film_;
};

TEST_F(FileBody, ArrivesAsItIsOnDisk) {
  Client client = connect();
  const Reply reply = client.get("/parts");
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.body == film_.expected);
  EXPECT_TRUE(client.get("/whole").body == film_.content) << "on the same connection";
}

TEST_F(FileBody, PassesThroughTheKernelOnly) {
  Client client = connect();
  client.get("/whole");
  const uint64_t files_before = metrics_.value(counts_.sent_file_bytes);
  const uint64_t memory_before = metrics_.value(counts_.sent_memory_bytes);
  client.send("GET /whole HTTP/1.1\r\nHost: x\r\n\r\n");
  const uint64_t reads_before = read_calls();
  pump_.settle();
  const Reply reply = client.read_reply();
  const uint64_t reads = read_calls() - reads_before;
  EXPECT_TRUE(reply.body == film_.content);
  EXPECT_EQ(metrics_.value(counts_.sent_file_bytes) - files_before, film_.content.size())
      << "every byte of the body by sendfile";
  EXPECT_EQ(metrics_.value(counts_.sent_memory_bytes) - memory_before, reply.head.size())
      << "nothing but the head from memory";
  EXPECT_EQ(metrics_.value(counts_.prefetches), 0U);
  // preadv2 looks at one byte of each window; the rest of the reads counted are sendfile's own.
  EXPECT_LT(reads, film_.content.size() / 4096) << "far fewer than reading it would take";
}

/// Asks for ranges of `target` by a seeded draw and compares them with what they must hold.
void expect_ranges(Client& client, const std::string& target, const std::string& expected) {
  const size_t size = expected.size();
  std::mt19937_64 random(11);
  for (int i = 0; i < 60; ++i) {
    const size_t first = i < 20 ? random() % 40 : random() % size;
    const size_t last = first + random() % (i < 40 ? 100 : size - first);
    const Reply reply = client.get(target, fmt::format("Range: bytes={}-{}\r\n", first, last));
    ASSERT_EQ(reply.status, 206);
    const size_t end = std::min(last + 1, size);
    ASSERT_TRUE(reply.body == expected.substr(first, end - first)) << first << "-" << last;
    ASSERT_EQ(reply.field("Content-Range"), fmt::format("bytes {}-{}/{}", first, end - 1, size));
  }
  EXPECT_TRUE(client.get(target, "Range: bytes=-1000\r\n").body == expected.substr(size - 1000));
}

TEST_F(FileBody, IsCutByRangesToTheByte) {  // HT-02
  Client client = connect();
  expect_ranges(client, "/parts", film_.expected);
}

TEST_F(FileBody, ThatWasLaidOutBeforeArrivesWholeAndInRanges) {  // HT-02
  Client client = connect();
  const Reply whole = client.get("/layout");
  EXPECT_EQ(whole.field("Content-Length"), std::to_string(film_.expected.size()));
  EXPECT_TRUE(whole.body == film_.expected);
  expect_ranges(client, "/layout", film_.expected);
  EXPECT_EQ(metrics_.value(counts_.broken_responses), 0U);
}

TEST_F(FileBody, ThatIsShorterThanAnnouncedClosesTheConnection) {
  Client client = connect();
  client.send("GET /short HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_LT(all.size() - all.find("\r\n\r\n") - 4, film_.content.size() + 1);
  EXPECT_EQ(metrics_.value(counts_.broken_responses), 1U);
}

TEST_F(FileBody, IsFetchedFromTheDiskWithoutHoldingUpTheCore) {
  ASSERT_EQ(::fsync(film_.file->fd()), 0);
  ASSERT_EQ(::posix_fadvise(film_.file->fd(), 0, 0, POSIX_FADV_DONTNEED), 0);
  Client client = connect();
  EXPECT_TRUE(client.get("/whole").body == film_.content);
  // On a file system without a disk (tmpfs) nothing was ever cold.
  EXPECT_LE(metrics_.value(counts_.prefetches), 4U) << "about 1 MiB at a time";
}

TEST_F(FileBody, OfAViewerThatTakesNothingIsCutOff) {  // HT-11
  Client client = connect();
  const int small = 4096;
  ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  for (int i = 0; i < 8; ++i) client.send("GET /whole HTTP/1.1\r\nHost: x\r\n\r\n");
  pump_.settle();
  EXPECT_EQ(server_->connection_count(), 1U);
  advance(limits_.stall_timeout + 100ms);
  pump_.until([&] { return server_->connection_count() == 0; });
  EXPECT_EQ(metrics_.value(counts_.stalls), 1U);
}

TEST_F(FileBody, OfAViewerWhoLeavesEndsNobodyElse) {
  Client leaving = connect();
  Client staying = connect();
  leaving.send("GET /whole HTTP/1.1\r\nHost: x\r\n\r\n");
  core_->turn(core::Core::Idle::kReturn);
  leaving.close();
  EXPECT_TRUE(staying.get("/whole").body == film_.content);
  pump_.until([&] { return server_->connection_count() == 1; });
}

}  // namespace
}  // namespace millrace::http
