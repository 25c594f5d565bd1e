// The load of bench/compare: many connections from one thread, each with one request at a time.
//   compare_load --port N --connections N --seconds S --pids 1,2 [--range BYTES:OF] [--close] PATH…
//   compare_load --port N --connections N --herd PATH…     every connection asks once, all at once
//   compare_load --port N --connections N --idle PATH      holds them until its input ends
// Prints one JSON object. The CPU of the processes in --pids is read at the borders of the window.
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "bench/compare/cpu_time.h"
#include "bench/compare/latencies.h"
#include "bench/compare/viewer.h"
#include "http/token.h"

namespace millrace::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;
using std::chrono::duration_cast;
using std::chrono::microseconds;

struct Options {
  uint16_t port = 0;
  uint32_t connections = 64;
  double seconds = 2;
  double warm_up = 0.7;
  std::vector<pid_t> processes;
  uint64_t range = 0;
  uint64_t range_of = 0;
  bool closes = false;
  bool herd = false;
  bool idle = false;
  std::vector<std::string> paths;
};

// A herd or an idle crowd that is not complete after this is reported as it is.
constexpr std::chrono::seconds kPatience{60};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    plan_.port = options.port;
    plan_.closes = options.closes;
    plan_.requests = requests();
    for (uint32_t i = 0; i < options.connections; ++i) viewers_.emplace_back(plan_);
  }

  int run() {
    if (options_.herd) return run_herd();
    if (options_.idle) return run_idle();
    return run_window();
  }

 private:
  std::vector<std::string> requests() const;
  int run_window();
  int run_herd();
  int run_idle();
  bool ask_once(Clock::time_point begin);
  void turn(int timeout_ms);
  void settle(uint32_t index);
  void start(uint32_t index);
  void print(double seconds, uint64_t server_ns, uint64_t cpu0_ns, uint64_t client_ns) const;

  Options options_;
  Plan plan_;
  core::UniqueFd epoll_;
  std::deque<Viewer> viewers_;
  Latencies latencies_;
  size_t next_request_ = 0;
  uint64_t bytes_ = 0;
  uint64_t errors_ = 0;
  uint64_t done_ = 0;
  bool goes_on_ = true;
};

// Ranges are drawn once, the same ones in every run: the request itself costs the load nothing.
std::vector<std::string> Load::requests() const {
  std::vector<std::string> requests;
  std::minstd_rand random(7);
  const size_t count = options_.range > 0 ? 256 : options_.paths.size();
  for (size_t i = 0; i < count; ++i) {
    std::string request = "GET " + options_.paths[i % options_.paths.size()] +
                          " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: compare_load\r\n";
    if (options_.range > 0) {
      const uint64_t first = random() % (options_.range_of / options_.range) * options_.range;
      request += "Range: bytes=" + std::to_string(first) + "-" +
                 std::to_string(first + options_.range - 1) + "\r\n";
    }
    if (options_.closes) request += "Connection: close\r\n";
    requests.push_back(request + "\r\n");
  }
  return requests;
}

void Load::start(uint32_t index) {
  Viewer& viewer = viewers_[index];
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (viewer.begin(epoll_.get(), index, next_request_++, Clock::now())) return;
    viewer.hang_up();
    ++errors_;
  }
}

void Load::settle(uint32_t index) {
  Viewer& viewer = viewers_[index];
  const Viewer::Outcome outcome = viewer.advance();
  if (outcome == Viewer::Outcome::kWaits) return;
  if (outcome == Viewer::Outcome::kFailed) {
    ++errors_;
    viewer.hang_up();
  } else {
    ++done_;
    bytes_ += viewer.body_bytes();
    latencies_.record(
        static_cast<uint64_t>(duration_cast<microseconds>(Clock::now() - viewer.began()).count()));
  }
  if (goes_on_) start(index);
}

void Load::turn(int timeout_ms) {
  epoll_event events[256];
  const int count = ::epoll_wait(epoll_.get(), events, std::size(events), timeout_ms);
  for (int i = 0; i < count; ++i) settle(events[i].data.u32);
}

uint64_t own_cpu_ns() { return cpu_ns_of(std::array{::getpid()}); }

int Load::run_window() {
  for (uint32_t i = 0; i < options_.connections; ++i) {
    start(i);
    if (i % 64 == 63) turn(0);  // A backlog has its limits.
  }
  const auto warm =
      Clock::now() + duration_cast<Clock::duration>(duration<double>(options_.warm_up));
  while (Clock::now() < warm) turn(10);
  latencies_.clear();
  bytes_ = errors_ = done_ = 0;
  const uint64_t server = cpu_ns_of(options_.processes);
  const uint64_t cpu0 = busy_ns_of_cpu(0);
  const uint64_t client = own_cpu_ns();
  const auto begin = Clock::now();
  const auto end = begin + duration_cast<Clock::duration>(duration<double>(options_.seconds));
  while (Clock::now() < end) turn(10);
  print(duration<double>(Clock::now() - begin).count(), cpu_ns_of(options_.processes) - server,
        busy_ns_of_cpu(0) - cpu0, own_cpu_ns() - client);
  return EXIT_SUCCESS;
}

/// Every viewer asks and gets one answer. False when some got none.
bool Load::ask_once(Clock::time_point begin) {
  goes_on_ = false;
  done_ = errors_ = bytes_ = 0;
  latencies_.clear();
  for (uint32_t i = 0; i < options_.connections; ++i) {
    if (viewers_[i].is_connected() && viewers_[i].begin(epoll_.get(), i, next_request_++, begin)) {
      continue;
    }
    ++errors_;
  }
  while (done_ + errors_ < options_.connections && Clock::now() - begin < kPatience) turn(10);
  return done_ == options_.connections;
}

int Load::run_herd() {
  // One small request each before, so that every connection is accepted and warm.
  goes_on_ = false;
  for (uint32_t i = 0; i < options_.connections; ++i) {
    if (!viewers_[i].connect(epoll_.get(), i)) ++errors_;
    if (i % 64 == 63) turn(0);
  }
  const auto settled = Clock::now() + std::chrono::milliseconds(500);
  while (Clock::now() < settled) turn(10);
  const uint64_t server = cpu_ns_of(options_.processes);
  const uint64_t cpu0 = busy_ns_of_cpu(0);
  const uint64_t client = own_cpu_ns();
  const auto begin = Clock::now();
  ask_once(begin);
  errors_ = options_.connections - done_;
  print(duration<double>(Clock::now() - begin).count(), cpu_ns_of(options_.processes) - server,
        busy_ns_of_cpu(0) - cpu0, own_cpu_ns() - client);
  return EXIT_SUCCESS;
}

int Load::run_idle() {
  for (uint32_t i = 0; i < options_.connections; ++i) {
    goes_on_ = false;
    start(i);
    if (i % 64 == 63) turn(0);
  }
  const auto begin = Clock::now();
  while (done_ + errors_ < options_.connections && Clock::now() - begin < kPatience) turn(10);
  uint64_t open = 0;
  for (const Viewer& viewer : viewers_) open += viewer.is_connected() ? 1 : 0;
  std::printf("{\"connections\":%llu,\"errors\":%llu}\n", static_cast<unsigned long long>(open),
              static_cast<unsigned long long>(errors_));
  std::fflush(stdout);
  char byte;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return EXIT_SUCCESS;
}

void Load::print(double seconds, uint64_t server_ns, uint64_t cpu0_ns, uint64_t client_ns) const {
  const auto ms = [&](double share) {
    return static_cast<double>(latencies_.quantile(share)) / 1000;
  };
  std::printf(
      "{\"seconds\":%.6f,\"requests\":%llu,\"bytes\":%llu,\"errors\":%llu,\"server_cpu_s\":%.9f,"
      "\"cpu0_busy_s\":%.3f,\"client_cpu_s\":%.9f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f}"
      "\n",
      seconds, static_cast<unsigned long long>(done_), static_cast<unsigned long long>(bytes_),
      static_cast<unsigned long long>(errors_), static_cast<double>(server_ns) / 1e9,
      static_cast<double>(cpu0_ns) / 1e9, static_cast<double>(client_ns) / 1e9, ms(0.5), ms(0.99),
      ms(0.999));
}

template <class T>
T number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    std::fprintf(stderr, "compare_load: not a number: %.*s\n", static_cast<int>(text.size()),
                 text.data());
    std::exit(64);
  }
  return value;
}

Options parse(std::span<char*> arguments) {
  Options options;
  for (size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    const auto value = [&]() -> std::string_view {
      return i + 1 < arguments.size() ? arguments[++i] : "";
    };
    if (name == "--port") {
      options.port = number<uint16_t>(value());
    } else if (name == "--connections") {
      options.connections = number<uint32_t>(value());
    } else if (name == "--seconds") {
      options.seconds = number<double>(value());
    } else if (name == "--warm-up") {
      options.warm_up = number<double>(value());
    } else if (name == "--pids") {
      for (std::string_view list = value(); !list.empty();) {
        options.processes.push_back(number<pid_t>(http::take_until(list, ',')));
      }
    } else if (name == "--range") {
      std::string_view sizes = value();
      options.range = number<uint64_t>(http::take_until(sizes, ':'));
      options.range_of = number<uint64_t>(sizes);
    } else if (name == "--close") {
      options.closes = true;
    } else if (name == "--herd") {
      options.herd = true;
    } else if (name == "--idle") {
      options.idle = true;
    } else {
      options.paths.emplace_back(name);
    }
  }
  return options;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  const auto options = millrace::bench::parse(std::span(argv, static_cast<size_t>(argc)));
  if (options.port == 0 || options.paths.empty()) {
    std::fprintf(stderr, "usage: see the head of bench/compare/load.cc\n");
    return 64;
  }
  return millrace::bench::Load(options).run();
}
