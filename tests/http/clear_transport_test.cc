// What leaves of pieces that lie in memory and in files.
#include "http/clear_transport.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "core/hash.h"
#include "http/token.h"
#include "tests/http/loopback.h"

namespace millrace::http {
namespace {

using core::bytes_of;

std::shared_ptr<const OpenFile> file_of(std::string_view text) {
  core::UniqueFd fd(::memfd_create("text", MFD_CLOEXEC));
  EXPECT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return std::make_shared<const OpenFile>(std::move(fd), text.size());
}

class ClearTransportTest : public test::LoopbackTest {
 protected:
  ClearTransportTest() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    peer_ = core::UniqueFd(ends[0]);
    transport_.emplace(*core_, core::UniqueFd(ends[1]), limits_, abort_, counts_);
  }
  // Sends all of them while somebody reads.
  std::string send(const std::vector<Piece>& pieces) {
    std::string received;
    bool done = false;
    core_->spawn(
        [](Transport& transport, const std::vector<Piece>& what, bool& sent) -> core::Task<> {
          EXPECT_TRUE(co_await transport.send_pieces(what));
          sent = true;
        }(*transport_, pieces, done));
    pump_.until([&] {
      char bytes[65536];
      const ssize_t size = ::recv(peer_.get(), bytes, sizeof bytes, 0);
      if (size > 0) received.append(bytes, static_cast<size_t>(size));
      return done && size < 0;
    });
    return received;
  }

  core::UniqueFd peer_;
  core::Cancellation abort_;
  std::optional<ClearTransport> transport_;
};

TEST_F(ClearTransportTest, SendsPiecesOfMemoryAndOfFilesInOrder) {
  const auto file = file_of("0123456789");
  EXPECT_EQ(send({{.bytes = bytes_of("head ")},
                  {.bytes = bytes_of("more ")},
                  {.file = file.get(), .offset = 3, .size = 4},
                  {.bytes = bytes_of(" tail")}}),
            "head more 3456 tail");
}

TEST_F(ClearTransportTest, GoesOnWhereTheSocketTookOnlyAPart) {
  std::string expected;
  std::vector<std::string> texts;
  for (size_t i = 0; i < 100; ++i)
    texts.emplace_back(1000 + 301 * i, static_cast<char>('a' + i % 26));
  std::vector<Piece> pieces;
  for (const std::string& text : texts) {
    pieces.push_back({.bytes = bytes_of(text)});
    expected += text;
  }
  const auto file = file_of(expected);
  pieces.push_back({.file = file.get(), .offset = 0, .size = expected.size()});
  EXPECT_TRUE(send(pieces) == expected + expected);
}

TEST_F(ClearTransportTest, SendsALaterFileInOneCallAsTheFirst) {
  const auto file = file_of(std::string(60'000, 'x'));
  const std::vector<FileSlice> slices{{.file = file, .offset = 0, .size = 60'000}};
  constexpr int kResponses =
      50;  // 3 MB: what a connection may send in a turn, and half of it more.
  for (int i = 0; i < kResponses; ++i) {
    bool done = false;
    core_->spawn(
        [](Transport& transport, const std::vector<FileSlice>& what, bool& sent) -> core::Task<> {
          EXPECT_TRUE(co_await transport.send_files(bytes_of("head"), what));
          sent = true;
        }(*transport_, slices, done));
    size_t received = 0;
    pump_.until([&] {
      char bytes[65536];
      const ssize_t size = ::recv(peer_.get(), bytes, sizeof bytes, 0);
      if (size > 0) received += static_cast<size_t>(size);
      return done && received == 60'004;
    });
  }
  EXPECT_EQ(metrics_.value(counts_.sendfiles), uint64_t{kResponses});
}

TEST_F(ClearTransportTest, SendsTheLastBytesWithTheEndOfTheConnection) {
  core_->block_on([](Transport& transport) -> core::Task<void> {
    EXPECT_TRUE(co_await transport.send_last(bytes_of("the last")));
    co_await transport.close();
  }(*transport_));
  transport_.reset();
  std::string received(100, '\0');
  received.resize(static_cast<size_t>(::recv(peer_.get(), received.data(), received.size(), 0)));
  EXPECT_EQ(received, "the last");
  EXPECT_EQ(::recv(peer_.get(), received.data(), 1, 0), 0);
}

}  // namespace
}  // namespace millrace::http
