// Does the path of a request write a cache line that another core uses? Two cores serve small and
// large files of one folder to connections that are open already; meanwhile every line of memory
// that each of them reads or writes is recorded (access_recorder.h), and then compared.
//   ninja -C build/release sharing && build/release/bench/sharing [--with-a-counter]
// Exit code 1: a line is written by both. Lines that one writes and the other only reads are shown.
// --with-a-counter: both count requests in one place, to see that it would be found.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "bench/sharing/access_recorder.h"
#include "core/cores.h"
#include "core/event.h"
#include "core/headcount.h"
#include "core/io/sleep.h"
#include "core/metrics.h"
#include "http/server.h"
#include "http/shared_response.h"
#include "http/static_files.h"

namespace millrace::bench {
namespace {

constexpr int kConnections = 48;
constexpr int kWarmUpRounds = 20;
constexpr int kRounds = 100;
const std::array<std::string, 6> kPaths{"/files/list.m3u8", "/files/part.m4s", "/files/segment.m4s",
                                        "/files/none",      "/live.m3u8",      "/live.m4s"};

bool counts_in_one_place = false;
std::atomic<uint64_t> requests = 0;

/// What the home core of a live stream posts to all: one text and one file for every core.
struct Posted {
  core::Snapshot<std::string> text = std::make_shared<const std::string>(2048, 'x');
  std::shared_ptr<const http::OpenFile> file;
};

/// A core's answers made of them.
class LiveRoutes {
 public:
  explicit LiveRoutes(const Posted& posted)
      : text_(std::make_shared<http::SharedResponse>(http::Response::ok(
            "application/vnd.apple.mpegurl",
            http::SharedBytes{.identity = posted.text, .gzip = nullptr}))),
        part_(std::make_shared<http::SharedResponse>(http::Response::ok(
            "video/mp4",
            http::FileSlices{.head = {},
                             .slices = {{.file = posted.file, .offset = 0, .size = 100'000}}}))) {}
  http::RouteResult get_text(http::Request&) {
    if (counts_in_one_place) requests.fetch_add(1, std::memory_order_relaxed);
    return http::Response::of(text_);
  }
  http::RouteResult get_part(http::Request&) { return http::Response::of(part_); }

 private:
  std::shared_ptr<http::SharedResponse> text_;
  std::shared_ptr<http::SharedResponse> part_;
};

/// What tools/millrace puts together of http/ and core/, with what all cores share.
class Site {
 public:
  explicit Site(const std::string& folder)
      : folder_(*http::StaticFiles::open_folder(folder)) {
    core::UniqueFd file(::open((folder + "/part.m4s").c_str(), O_RDONLY | O_CLOEXEC));
    posted_.file = std::make_shared<const http::OpenFile>(std::move(file), 100 * 1024);
    auto cores =
        core::Cores::start({.cpus = {0, 1}, .pin = true, .core = {}}, clock_,
                           [this](core::Cores&, core::Core& core) { return serve(core); });
    MR_ASSERT(cores);
    cores_ = std::move(*cores);
    while (open_count_ < 2) std::this_thread::yield();
  }
  ~Site() {
    cores_->request_stop();
    cores_->join();
  }
  uint16_t port() const { return port_; }

 private:
  core::Task<void> serve(core::Core& core) {
    AccessRecorder::join(core.index());
    http::StaticFiles files(core, {.folder = folder_.get(), .recheck_after = std::chrono::hours(1)},
                            {.cache_control = "max-age=60", .playlist_cache_control = "max-age=1"},
                            cache_metrics_);
    http::Router router;
    router.add(http::Method::kGet, "/files/{path...}",
               http::endpoint<&http::StaticFiles::get_file>(files));
    LiveRoutes live(posted_);
    router.add(http::Method::kGet, "/live.m3u8", http::endpoint<&LiveRoutes::get_text>(live));
    router.add(http::Method::kGet, "/live.m4s", http::endpoint<&LiveRoutes::get_part>(live));
    http::PressureGauge pressure(core.loop_lag());
    http::AccessLog log;
    while (core.index() == 1 && port_ == 0) {
      co_await core::io::Sleep(core, std::chrono::milliseconds(1));
    }
    auto server = http::Server::start(core,
                                      {.router = router,
                                       .metrics = server_metrics_,
                                       .cors = {},
                                       .limits = {},
                                       .access_log = &log,
                                       .pressure = &pressure,
                                       .headcount = &headcount_},
                                      {.address = "127.0.0.1", .port = port_, .sockets = {}});
    MR_ASSERT(server);
    port_ = (*server)->port();
    ++open_count_;
    core::Event never;
    static_cast<void>(co_await never.wait(&core.stopping()));
    co_await (*server)->stop();
  }

  core::SystemClock clock_;
  core::UniqueFd folder_;
  Posted posted_;
  core::Metrics metrics_;
  http::ServerMetrics server_metrics_{metrics_};
  http::FileCacheMetrics cache_metrics_{metrics_};
  core::Headcount headcount_;
  std::atomic<uint16_t> port_ = 0;
  std::atomic<int> open_count_ = 0;
  std::unique_ptr<core::Cores> cores_;
};

core::UniqueFd connect_to(uint16_t port) {
  core::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  MR_ASSERT(::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  return socket;
}

/// One request, and all of its answer.
void ask(int socket, const std::string& path) {
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
  ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
  std::string head;
  std::vector<char> bytes(1 << 18);
  size_t end = std::string::npos;
  while (end == std::string::npos) {
    const ssize_t size = ::recv(socket, bytes.data(), bytes.size(), 0);
    MR_ASSERT(size > 0);
    head.append(bytes.data(), static_cast<size_t>(size));
    end = head.find("\r\n\r\n");
  }
  const size_t length = head.find("Content-Length: ");
  MR_ASSERT(length < end);
  size_t left = std::stoul(head.substr(length + 16)) + end + 4 - head.size();
  while (left > 0) {
    const ssize_t size = ::recv(socket, bytes.data(), std::min(left, bytes.size()), 0);
    MR_ASSERT(size > 0);
    left -= static_cast<size_t>(size);
  }
}

void ask_all(const std::vector<core::UniqueFd>& sockets, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (const core::UniqueFd& socket : sockets) {
      ask(socket.get(), kPaths[static_cast<size_t>(round) % kPaths.size()]);
    }
  }
}

/// The offset in this program's file, for addr2line.
std::string place(const void* code) {
  if (code == nullptr) return "-";
  Dl_info found{};
  if (::dladdr(code, &found) == 0) return "?";
  char text[32];
  std::snprintf(text, sizeof text, "0x%zx",
                static_cast<size_t>(static_cast<const char*>(code) -
                                    static_cast<const char*>(found.dli_fbase)) - 1);
  return text;
}

void show(const char* what, const Touched& a, const Touched& b) {
  std::printf("%s line %#zx: core 0 writes %s reads %s, core 1 writes %s reads %s\n", what,
              static_cast<size_t>(a.line) * 64, place(a.writer).c_str(), place(a.reader).c_str(),
              place(b.writer).c_str(), place(b.reader).c_str());
}

int compare() {
  std::map<uintptr_t, Touched> first;
  size_t written = 0;
  for (const Touched& touched : AccessRecorder::touched_by(0)) {
    first.emplace(touched.line, touched);
    written += touched.writer != nullptr;
  }
  size_t of_second = 0, by_both = 0, by_one = 0, read_by_both = 0;
  for (const Touched& touched : AccessRecorder::touched_by(1)) {
    of_second += touched.writer != nullptr;
    const auto other = first.find(touched.line);
    if (other == first.end()) continue;
    const bool writes = touched.writer != nullptr;
    const bool other_writes = other->second.writer != nullptr;
    if (writes && other_writes) {
      ++by_both;
      show("WRITTEN BY BOTH:", other->second, touched);
    } else if (writes || other_writes) {
      ++by_one;
      show("written by one and read by the other:", other->second, touched);
    } else {
      ++read_by_both;
    }
  }
  std::printf("%d requests: core 0 wrote %zu lines, core 1 %zu; %zu written by both, %zu written "
              "by one and read by the other, %zu only read by both\n",
              kConnections * kRounds, written, of_second, by_both, by_one, read_by_both);
  return by_both == 0 && written > 0 && of_second > 0 ? 0 : 1;
}

std::string make_files() {
  const std::string folder = std::filesystem::temp_directory_path() / "millrace-sharing";
  std::filesystem::create_directories(folder);
  for (const auto& [name, size] : {std::pair<const char*, size_t>{"list.m3u8", 2048},
                                   {"part.m4s", 100 * 1024},
                                   {"segment.m4s", 2 * 1024 * 1024}}) {
    std::ofstream(folder + "/" + name, std::ios::binary) << std::string(size, 'x');
  }
  return folder;
}

int run() {
  const std::string folder = make_files();
  int result = 1;
  {
    const Site site(folder);
    std::vector<core::UniqueFd> sockets;
    for (int i = 0; i < kConnections; ++i) sockets.push_back(connect_to(site.port()));
    ask_all(sockets, kWarmUpRounds);
    AccessRecorder::record();
    ask_all(sockets, kRounds);
    AccessRecorder::rest();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    result = compare();
  }
  std::filesystem::remove_all(folder);
  return result;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  millrace::bench::counts_in_one_place =
      argc == 2 && std::string_view(argv[1]) == "--with-a-counter";
  return millrace::bench::run();
}
