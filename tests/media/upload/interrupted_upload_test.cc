// Uploads that break off: connections at random offsets, the process at random moments.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "core/base64.h"
#include "core/hash.h"
#include "tests/media/upload/test_bench.h"

namespace millrace::media::upload {
namespace {

using core::Digest;
using test::Bench;
using test::content_of;

std::string random_bytes(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(random()); });
  return bytes;
}

std::string sha256(std::string_view bytes) {
  return core::digest_of(Digest::Kind::kSha256, core::bytes_of(bytes));
}

/// `bytes` in portions of what a socket might give.
std::vector<std::string> portions(std::string_view bytes, std::mt19937& random) {
  std::vector<std::string> list;
  while (!bytes.empty()) {
    const size_t size = std::min<size_t>(bytes.size(), 1 + random() % 70'000);
    list.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return list;
}

uint64_t number(const std::string& text) { return std::stoull(text); }

TEST(InterruptedUpload, GoesOnFromTheBytesThatArrivedWhereverTheConnectionDrops) {  // UP-01
  Bench bench;
  for (uint32_t seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    const std::string film = random_bytes(1 + random() % 1'500'000, seed);
    const std::string address = bench.create(film.size());
    uint64_t offset = 0;
    while (offset < film.size()) {
      const std::string_view rest = std::string_view(film).substr(offset);
      const size_t sent = random() % (rest.size() + 1);
      const bool whole = sent == rest.size();
      bench.patch(address, offset,
                  {.portions = portions(rest.substr(0, sent), random), .hangs_up = !whole});
      const uint64_t resumed = number(bench.offset(address));
      ASSERT_EQ(resumed, offset + sent) << "seed " << seed;
      offset = resumed;
    }
    const std::string original = content_of(bench.store().original(Bench::id_of(address)));
    ASSERT_EQ(sha256(original), sha256(film)) << "seed " << seed;
  }
  EXPECT_EQ(bench.videos().size(), 100U);
}

TEST(InterruptedUpload, KeepsNothingOfACheckedBodyThatBreaksOff) {  // UP-01
  Bench bench;
  const std::string film = random_bytes(900'000, 1);
  const std::string address = bench.create(film.size());
  const std::string sum = "sha256 " + core::encode_base64(core::bytes_of(sha256(film)));
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    const size_t sent = random() % film.size();
    bench.patch(
        address, 0,
        {.portions = portions(std::string_view(film).substr(0, sent), random), .hangs_up = true},
        {{"Upload-Checksum", sum}});
    ASSERT_EQ(bench.offset(address), "0") << "seed " << seed;
  }
  EXPECT_EQ(bench.patch(address, 0, {{film}}, {{"Upload-Checksum", sum}}).status, 204);
}

/// A film on its way to a server that dies; what it was told is kept outside of the server.
class Client {
 public:
  explicit Client(uint32_t seed) : random_(seed), film_(random_bytes(3'000'000, seed)) {
    void* shared =
        mmap(nullptr, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(shared, MAP_FAILED);
    acknowledged_ = new (shared) uint64_t(0);
    address_ = Bench(folder_).create(film_.size());
  }
  ~Client() { munmap(acknowledged_, sizeof(uint64_t)); }
  Client(const Client&) = delete;

  /// Serves it in a process that the kernel ends after `life`, wherever it is then. Yields whether
  /// the upload was whole before that.
  bool serve_and_die(std::chrono::microseconds life) {
    const auto seed = static_cast<uint32_t>(random_());
    const pid_t child = fork();
    if (child == 0) {
      const itimerval alarm{.it_interval = {}, .it_value = {0, life.count()}};
      setitimer(ITIMER_REAL, &alarm, nullptr);  // SIGALRM ends a process as abruptly as SIGKILL.
      random_.seed(seed);
      serve();
      _exit(0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "acknowledged bytes are gone";
    return WIFEXITED(status);
  }
  std::chrono::microseconds random_life(uint32_t max_us) {
    return std::chrono::microseconds(1 + random_() % max_us);
  }

  const test::TemporaryFolder& folder() const { return folder_; }
  const std::string& film() const { return film_; }
  std::string id() const { return Bench::id_of(address_); }

 private:
  void serve() {
    Bench bench(folder_);
    for (;;) {
      const uint64_t offset = number(bench.offset(address_));
      if (offset < *acknowledged_) _exit(1);
      if (offset == film_.size()) return;
      const std::string_view rest = std::string_view(film_).substr(offset);
      const std::string_view next = rest.substr(0, 1 + random_() % rest.size());
      const test::Fields checked = {
          {"Upload-Checksum", "sha256 " + core::encode_base64(core::bytes_of(sha256(next)))}};
      if (random_() % 3 == 0) {  // Bytes that were damaged on the way.
        const std::string noise = random_bytes(next.size(), 99);
        bench.patch(address_, offset, {.portions = portions(noise, random_)}, checked);
        continue;
      }
      const bool checks = random_() % 2 == 0;
      const auto answer = bench.patch(address_, offset, {.portions = portions(next, random_)},
                                      checks ? checked : test::Fields{});
      if (answer.status == 204) *acknowledged_ = offset + next.size();
    }
  }

  std::mt19937 random_;
  const std::string film_;
  test::TemporaryFolder folder_;
  std::string address_;
  uint64_t* acknowledged_;
};

TEST(InterruptedUpload, LosesNothingWhenTheProcessDiesAtAnyMoment) {  // UP-01
  int deaths = 0;
  int deaths_in_the_middle = 0;
  for (uint32_t seed = 0; deaths < 100; ++seed) {
    ASSERT_LT(seed, 100U) << "the process hardly ever died";
    Client client(seed);
    // The odds grow, so that each film is whole in the end.
    for (uint32_t life_us = 20'000; !client.serve_and_die(client.random_life(life_us));
         life_us += 5'000) {
      ++deaths;
      const std::string part = UploadStore(client.folder().file("uploads")).part(client.id());
      if (!content_of(part).empty()) ++deaths_in_the_middle;
    }
    Bench after(client.folder());
    ASSERT_EQ(after.videos().size(), 1U);
    EXPECT_EQ(after.catalogue().load_jobs()->size(), 1U);
    const std::string original = content_of(after.store().original(client.id()));
    ASSERT_EQ(sha256(original), sha256(client.film())) << "seed " << seed;
  }
  EXPECT_GT(deaths_in_the_middle, 10) << "of " << deaths;
}

}  // namespace
}  // namespace millrace::media::upload
