// How long it takes until all viewers who are blocked on a part have the playlist that lists it,
// and what their waiting costs. Server and viewers are two processes, on different CPUs where there
// are two; time counts from before the part is appended.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "core/assert.h"
#include "http/server.h"
#include "media/api/live_routes.h"
#include "media/fmp4/fragment.h"
#include "media/live/live_stream.h"
#include "media/live/live_wait.h"

namespace millrace::media {
namespace {

constexpr size_t kViewersMax = 19'000;
constexpr uint32_t kTimescale = 15'360;
constexpr uint32_t kPartTicks = kTimescale / 2;

uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

void run_on_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

/// What both processes see. The viewers send `round` requests each, in rounds.
struct Shared {
  std::atomic<uint32_t> port;
  std::atomic<uint32_t> round;
  std::atomic<uint64_t> msn, part;
  std::atomic<uint32_t> answered;
  uint64_t answered_at[kViewersMax];
};

/// The viewers: plain sockets, in a process that is forked before the server begins.
class Viewers {
 public:
  Viewers(Shared& shared, size_t count) : shared_(shared), count_(count) {
    child_ = ::fork();
    if (child_ != 0) return;
    run_on_cpu(1);
    run();
    ::_exit(0);
  }
  ~Viewers() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

 private:
  void run() {
    while (shared_.port == 0) ::usleep(1000);
    connect_all();
    for (uint32_t done = 0;;) {
      while (shared_.round == done) ::usleep(100);
      done = shared_.round;
      ask();
      read_answers();
    }
  }

  void connect_all() {
    epoll_ = ::epoll_create1(0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(shared_.port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (size_t i = 0; i < count_; ++i) {
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      MR_ASSERT(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
      epoll_event event{.events = EPOLLIN, .data = {.u32 = static_cast<uint32_t>(i)}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
      sockets_.push_back(fd);
    }
    texts_.resize(count_);
  }

  void ask() {
    // The first round asks for what exists: a connection that has been used.
    const std::string query = shared_.part == UINT64_MAX
                                  ? ""
                                  : "?_HLS_msn=" + std::to_string(shared_.msn) +
                                        "&_HLS_part=" + std::to_string(shared_.part);
    const std::string request = "GET /api/VideoStream/live/cam1/720p.m3u8" + query +
                                " HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n";
    for (const int fd : sockets_) {
      MR_ASSERT(::send(fd, request.data(), request.size(), 0) ==
                static_cast<ssize_t>(request.size()));
    }
  }

  void read_answers() {
    std::vector<epoll_event> events(1024);
    char bytes[16384];
    for (size_t done = 0; done < count_;) {
      const int ready = ::epoll_wait(epoll_, events.data(), 1024, -1);
      for (int i = 0; i < ready; ++i) {
        const uint32_t viewer = events[static_cast<size_t>(i)].data.u32;
        const ssize_t size = ::recv(sockets_[viewer], bytes, sizeof bytes, 0);
        MR_ASSERT(size > 0);
        texts_[viewer].append(bytes, static_cast<size_t>(size));
        if (!is_whole(texts_[viewer])) continue;
        shared_.answered_at[viewer] = now_ns();
        MR_ASSERT(texts_[viewer].starts_with("HTTP/1.1 200"));
        texts_[viewer].clear();
        ++done;
        shared_.answered = static_cast<uint32_t>(done);
      }
    }
  }

  static bool is_whole(const std::string& text) {
    const size_t end = text.find("\r\n\r\n");
    const size_t field = text.find("Content-Length: ");
    if (end == std::string::npos || field == std::string::npos) return false;
    return text.size() - end - 4 == std::stoul(text.substr(field + 16));
  }

  Shared& shared_;
  size_t count_;
  pid_t child_ = -1;
  int epoll_ = -1;
  std::vector<int> sockets_;
  std::vector<std::string> texts_;
};

fmp4::TrackFormat format() {
  fmp4::TrackFormat made{.codec = fmp4::Codec::kH264,
                         .timescale = kTimescale,
                         .width = 320,
                         .height = 180,
                         .frame_duration = 512};
  for (const int byte : {0x01, 0x64, 0x00, 0x0d, 0xac, 0xff, 0xe1, 0x00, 0x05, 0x67, 0x64,
                         0x00, 0x0d, 0xac, 0x01, 0x00, 0x04, 0x68, 0xee, 0x38, 0x80}) {
    made.decoder_config.push_back(static_cast<std::byte>(byte));
  }
  return made;
}

/// A server with one stream, whose parts are made by hand.
class Site {
 public:
  explicit Site(size_t viewers) {
    limits_.connection_count_max = limits_.connection_count_max_per_core = viewers + 16;
    limits_.connection_count_max_per_address = viewers + 16;
    limits_.idle_timeout = std::chrono::hours(1);
    router_.add(http::Method::kGet, "/api/VideoStream/live/{stream}/{quality}.m3u8",
                http::endpoint<&api::LiveRoutes::get_media_playlist>(routes_));
    server_ = std::move(*http::Server::start(
        *core_, {.router = router_, .metrics = counts_, .cors = {}, .limits = limits_}, {}));
    MR_ASSERT(stream_.add_rendition({.quality = "720p", .format = format()}));
    // A minute of media, so that the list has its usual length.
    for (int i = 0; i < 61; ++i) append();
    settle();
  }
  ~Site() {
    core::Cancellation hurry;
    hurry.request();
    core_->block_on(server_->stop(&hurry));
  }

  uint16_t port() const { return server_->port(); }
  size_t waiters() const { return shelf_.waiters(); }
  uint64_t sends() const { return metrics_.value(counts_.sends); }
  void turn() { core_->turn(core::Core::Idle::kReturn); }
  void settle() {
    for (int i = 0; i < 20; ++i) turn();
  }
  live::Progress progress() const { return shelf_.find("cam1")->window(0).progress(); }

  void append() {
    const uint64_t number = parts_++;
    const bool begins = number % 8 == 0;
    const fmp4::Sample sample{.duration = kPartTicks, .size = 100'000, .key = begins};
    std::vector<std::byte> bytes;
    fmp4::append_fragment_head(
        bytes, {.sequence = static_cast<uint32_t>(parts_), .decode_time = number * kPartTicks},
        std::span(&sample, 1));
    bytes.resize(bytes.size() + sample.size);
    MR_ASSERT(stream_.append(
        0, {.place = begins ? live::PartPlace::kBeginsSegment : live::PartPlace::kWithinSegment,
            .independent = begins,
            .decode_time = number * kPartTicks,
            .duration = kPartTicks,
            .bytes = bytes}));
  }

 private:
  core::SystemClock clock_;
  std::unique_ptr<core::Core> core_ = std::move(*core::Core::create({}, clock_));
  core::Metrics metrics_;
  http::ServerMetrics counts_{metrics_};
  http::Limits limits_;
  http::Router router_;
  core::PageSource pages_ = std::move(*core::PageSource::probe({}));
  live::PartStore store_{pages_, uint64_t{1} << 30};
  live::LiveShelf shelf_{*core_};
  api::LiveRoutes routes_{shelf_};
  live::LiveStream stream_{*core_,
                           {.name = "cam1", .timings = {}},
                           store_,
                           std::vector<live::StatePoster::Place>{{core_.get(), &shelf_}}};
  std::unique_ptr<http::Server> server_;
  uint64_t parts_ = 0;
};

uint64_t resident_bytes() {
  FILE* file = std::fopen("/proc/self/statm", "r");
  uint64_t size = 0;
  uint64_t resident = 0;
  MR_ASSERT(file != nullptr && std::fscanf(file, "%lu %lu", &size, &resident) == 2);
  std::fclose(file);
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

void release_all(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  auto* shared = new (::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared();
  Viewers viewers(*shared, count);
  run_on_cpu(0);
  Site site(count);
  const auto round = [&](uint64_t msn, uint64_t part) {
    shared->answered = 0;
    shared->msn = msn;
    shared->part = part;
    ++shared->round;
  };
  round(0, UINT64_MAX);
  shared->port = site.port();
  while (shared->answered < count) site.turn();
  site.settle();
  const uint64_t idle_bytes = resident_bytes();
  uint64_t waiting_bytes = 0;
  std::vector<uint64_t> latencies;
  uint64_t handed_over_max = 0;
  for (auto _ : state) {
    const live::Progress at = site.progress();
    round(at.msn, at.part_count);
    while (site.waiters() < count) site.turn();
    if (waiting_bytes == 0) waiting_bytes = resident_bytes();
    const uint64_t sends = site.sends();
    const uint64_t start = now_ns();
    site.append();
    while (site.sends() < sends + count) site.turn();
    const uint64_t handed_over = now_ns() - start;
    while (shared->answered < count) site.turn();
    handed_over_max = std::max(handed_over_max, handed_over);
    for (size_t i = 0; i < count; ++i) latencies.push_back(shared->answered_at[i] - start);
    state.SetIterationTime(static_cast<double>(handed_over) / 1e9);
  }
  std::ranges::sort(latencies);
  const auto ms = [](uint64_t ns) { return static_cast<double>(ns) / 1e6; };
  state.counters["received_p50_ms"] = ms(latencies[latencies.size() / 2]);
  state.counters["received_p99_ms"] = ms(latencies[latencies.size() * 99 / 100]);
  state.counters["handed_over_worst_ms"] = ms(handed_over_max);
  state.counters["bytes_per_waiter"] =
      (static_cast<double>(waiting_bytes) - static_cast<double>(idle_bytes)) /
      static_cast<double>(count);
  ::munmap(shared, sizeof(Shared));
}
BENCHMARK(release_all)
    ->Arg(1'000)
    ->Arg(5'000)
    ->Arg(10'000)
    ->Arg(19'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(20);

void sizes(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sizeof(live::LiveWait));
  state.counters["wait_bytes"] = sizeof(live::LiveWait);
}
BENCHMARK(sizes)->Iterations(1);

}  // namespace
}  // namespace millrace::media
