#include "tests/sim/simulation.h"

#include <dirent.h>
#include <fmt/format.h>

#include "core/frame_pool.h"
#include "core/metrics.h"
#include "http/file_cache_metrics.h"
#include "http/tls/kernel_tls.h"
#include "tests/http/tls/certificates.h"
#include "tests/sim/content.h"
#include "tests/sim/steady_random.h"

namespace millrace::sim {
namespace {

using namespace std::chrono_literals;

// Turns without an event after which nothing is under way any more: 50 ms of simulated time, more
// than /stream sleeps, or else 4 s.
constexpr size_t kSilentTurns = 200;
// Longer than a listener that lacks descriptors waits before it accepts again.
constexpr std::chrono::milliseconds kListenerPause{200};
constexpr size_t kTurnsToStop = 6000;

/// What all simulations count into.
struct Counts {
  core::Metrics registry;
  http::ServerMetrics server{registry};
  http::FileCacheMetrics files{registry};
  http::tls::TlsMetrics tls{registry};

  static Counts& get() {
    static Counts counts;
    return counts;
  }
};

size_t open_descriptors() {
  DIR* folder = ::opendir("/proc/self/fd");
  size_t count = 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

core::Snapshot<http::tls::TlsContext> tls_context() {
  static const auto context = [] {
    // Signatures of one size, made without a random number: those of P-256 vary by a byte or two,
    // and RSA draws a number for its blinding whenever OpenSSL sees fit.
    const http::tls::CertificateText certificate =
        http::tls::test::make_certificate({.key = http::tls::test::KeyKind::kEd25519});
    return *http::tls::TlsContext::create({&certificate, 1}, {.protocols = {"h2", "http/1.1"}},
                                          std::chrono::system_clock::now());
  }();
  return context;
}

http::Limits draw_limits(Random& random) {
  http::Limits limits;
  static constexpr std::chrono::milliseconds kTimes[] = {0ms, 1s, 5s, 30s};
  static constexpr size_t kCounts[] = {1, 2, 10'000};
  limits.drain_timeout = random.pick(kTimes);
  if (random.chance(300)) limits.stall_timeout = 1s;
  if (random.chance(300)) limits.taken_bytes_min = limits.given_bytes_min = 1;
  if (random.chance(200)) limits.connection_count_max = random.pick(kCounts);
  if (random.chance(200)) limits.connection_count_max_per_address = random.pick(kCounts);
  return limits;
}

core::CoreOptions draw_options(Random& random) {
  static constexpr uint16_t kCounts[] = {1, 2, 8, 64, 64};
  static constexpr uint32_t kSizes[] = {16, 100, 4096, 4096};
  static constexpr size_t kBudgets[] = {256 << 10, 1 << 20, 64 << 20};
  return {.index = 0,
          .buffer_budget = random.pick(kBudgets),
          .recv_buffers = {.count = random.pick(kCounts), .buffer_size = random.pick(kSizes)},
          .mailbox_capacity = 16};
}

}  // namespace

Simulation::Simulation(uint64_t seed, Trace::To to)
    : random_(seed),
      trace_(to),
      faults_(Faults::draw(random_)),
      jump_permille_(random_.chance(500) ? 0 : 30),
      network_(random_, faults_, trace_),
      limits_(draw_limits(random_)) {
  static constexpr size_t kQueueSizes[] = {1, 2, 7, 1024};
  auto ring = std::make_unique<SimulatedRing>(network_, random_, faults_, trace_,
                                              random_.pick(kQueueSizes));
  ring_ = ring.get();
  core_ = std::move(*core::Core::create(draw_options(random_), clock_, std::move(ring)));
  routes_.emplace(*core_, Counts::get().files);
  if (!random_.chance(300)) return;
  seed_openssl(seed);
  tls_.emplace(*core_, tls_context(), http::tls::TicketSeed{.secret = {}, .start = clock_.now()},
               http::tls::TlsEndpoint::Options{.handshakes_waiting_max = random_.between(1, 10)},
               Counts::get().tls);
}

Simulation::~Simulation() {
  server_.reset();
  tls_.reset();
  routes_.reset();
}

Verdict Simulation::run(uint64_t seed, Trace::To to) {
  Content::get();
  Counts::get();
  tls_context();
  http::tls::kernel_has_tls();  // Asks once a process, which takes a descriptor.
  const size_t descriptors = open_descriptors();
  const int64_t frames = core::frames_outstanding();
  Verdict verdict;
  {
    auto simulation = std::make_unique<Simulation>(seed, to);
    simulation->play();
    verdict = simulation->verdict_;
    verdict.trace_sum = simulation->trace_.sum();
    // What is left of a server that misbehaved cannot be taken apart.
    if (!verdict.complaint.empty()) static_cast<void>(simulation.release());
  }
  const auto check = [&](const char* what, int64_t before, int64_t after) {
    if (verdict.complaint.empty() && before != after) {
      verdict.complaint = fmt::format("{}: {} before and {} afterwards", what, before, after);
    }
  };
  check("descriptors", static_cast<int64_t>(descriptors), static_cast<int64_t>(open_descriptors()));
  check("coroutine frames", frames, core::frames_outstanding());
  const Counts& counts = Counts::get();
  check("connections by the metric", 0, counts.registry.value(counts.server.connections));
  check("file cache descriptors by the metric", 0, counts.registry.value(counts.files.descriptors));
  check("file cache bytes by the metric", 0, counts.registry.value(counts.files.memory));
  return verdict;
}

void Simulation::complain(std::string why) {
  if (is_well()) verdict_.complaint = std::move(why);
}

void Simulation::play() {
  if (!start()) return;
  add_clients();
  live(random_.between(10, 200));
  if (is_well() && random_.chance(500)) {
    settle_down();
    if (is_well()) serve_newcomer();
    if (random_.chance(500)) faults_ = Faults::draw(random_);
  }
  if (is_well()) stop();
  if (is_well()) look_for_leaks();
  for (const auto& client : clients_) verdict_.answers += client->dialogue().answer_count();
}

bool Simulation::start() {
  auto server = http::Server::start(*core_,
                                    {.router = routes_->router(),
                                     .metrics = Counts::get().server,
                                     .cors = {},
                                     .limits = limits_,
                                     .tls = tls_ ? &*tls_ : nullptr},
                                    {});
  if (!server) return false;  // Short of something: it would be started again.
  server_ = std::move(*server);
  return true;
}

void Simulation::add_clients() {
  const size_t count = random_.between(1, 6);
  for (size_t i = 0; i < count; ++i) {
    std::vector<Exchange> exchanges;
    const size_t asked = random_.between(1, 4);
    while (exchanges.size() < asked) exchanges.push_back(Exchange::draw(random_));
    Client::Habits habits = Client::Habits::draw(random_);
    habits.manner.may_be_late = jump_permille_ > 0;
    habits.is_mistaken = random_.chance(30);
    habits.speaks_tls = tls_.has_value() != habits.is_mistaken;
    clients_.push_back(std::make_unique<Client>(random_, network_, trace_, habits,
                                                std::move(exchanges), session_));
  }
}

void Simulation::turn() {
  trace_.begin_turn(clock_.now_ms());
  for (const auto& client : clients_) {
    client->act();
    if (client->complaint().empty()) continue;
    complain(fmt::format("client {}: {}", client->number(), client->complaint()));
  }
  core_->turn(core::Core::Idle::kReturn);
}

void Simulation::let_time_pass() {
  static constexpr std::chrono::milliseconds kJumps[] = {100ms, 1s,  2s,          5s,           11s,
                                                         31s,   61s, 3'600'000ms, 150'000'000ms};
  if (random_.chance(300)) clock_.advance(std::chrono::milliseconds(random_.between(1, 20)));
  if (!random_.chance(jump_permille_)) return;
  const auto jump = random_.pick(kJumps);
  trace_.note("time jumps", 0, jump.count());
  clock_.advance(jump);
  if (random_.chance(300)) {
    clock_.set_unix(
        std::chrono::seconds(static_cast<int64_t>(random_.below(2'000'000)) - 1'000'000));
  }
}

void Simulation::live(size_t turns) {
  for (size_t i = 0; i < turns && is_well(); ++i) {
    turn();
    let_time_pass();
    if (random_.chance(10)) routes_->open();
    if (clients_.size() < 10 && random_.chance(20)) add_clients();
  }
}

// Nothing goes wrong any more: who asked gets an answer, or learns that there will be none.
void Simulation::settle_down() {
  trace_.note("faults end", 0, 0);
  faults_ = {};
  routes_->open();
  clock_.advance(kListenerPause);
  for (const auto& client : clients_) client->settle_down();
  const auto owed = [&] {
    for (const auto& client : clients_) {
      if (client->is_owed()) return client.get();
    }
    return static_cast<Client*>(nullptr);
  };
  go_on_until([&] { return owed() == nullptr; }, 250us);
  if (const Client* waiting = owed()) {
    complain(fmt::format("client {} waits for ever, with {} answers to{}", waiting->number(),
                         waiting->dialogue().answer_count(), waiting->dialogue().questions()));
  }
}

// Or until nothing happens any more.
void Simulation::go_on_until(const std::function<bool()>& done,
                             std::chrono::nanoseconds turn_length) {
  size_t silent = 0;
  for (size_t i = 0; silent < kSilentTurns && is_well(); ++i) {
    if (i % 16 == 15 && done()) return;
    const uint64_t before = trace_.sum();
    turn();
    silent = trace_.sum() == before ? silent + 1 : 0;
    clock_.advance(turn_length);
  }
}

// Whatever happened before, one who comes now is served.
void Simulation::serve_newcomer() {
  for (const auto& client : clients_) client->leave();
  go_on_until([&] { return server_->connection_count() == 0; }, 20ms);
  if (server_->connection_count() > 0) {
    std::string all;
    for (const auto& client : clients_) {
      all += fmt::format(" #{}{}", client->number(), client->dialogue().questions());
    }
    return complain(fmt::format("{} connections of clients that have left:{}",
                                server_->connection_count(), all));
  }
  clock_.advance(kListenerPause);
  for (int i = 0; i < 5; ++i) turn();
  clients_.push_back(std::make_unique<Client>(
      random_, network_, trace_,
      Client::Habits{.address = 0x7f000001,
                     .manner = {.is_http2 = random_.chance(500)},
                     .speaks_tls = tls_.has_value()},
      std::vector<Exchange>{Exchange::small(), Exchange::whole_film(), Exchange::small()},
      session_));
  const Client& newcomer = *clients_.back();
  go_on_until([&] { return newcomer.is_gone(); }, 250us);
  if (!newcomer.dialogue().has_all_answers() || newcomer.dialogue().status() != 200) {
    complain("a client that comes when all is well is not served");
  }
}

void Simulation::stop() {
  trace_.note("stop", 0, limits_.drain_timeout.count());
  bool stopped = false;
  core::Cancellation hurry;
  core_->spawn(
      [](http::Server& server, bool& done, core::Cancellation* hurried) -> core::Task<void> {
        co_await server.stop(hurried);
        done = true;
      }(*server_, stopped, &hurry));
  const bool hurries = random_.chance(200);
  const core::MonotonicTime began = clock_.now();
  for (size_t i = 0; i < kTurnsToStop && !stopped && is_well(); ++i) {
    turn();
    let_time_pass();
    if (hurries && random_.chance(50)) hurry.request();
    if (random_.chance(20) || i > kTurnsToStop / 2) routes_->open();
    if (i % 8 == 7) clock_.advance(50ms);
    if (i > kTurnsToStop / 2) faults_.idle = 0;
  }
  trace_.note("stopped", 0, (clock_.now() - began).count() / 1'000'000);
  if (!stopped) return complain("the server does not stop");
}

void Simulation::look_for_leaks() {
  faults_ = {};
  for (int i = 0; i < 5; ++i) core_->turn(core::Core::Idle::kReturn);
  const auto check = [&](const char* what, size_t left) {
    if (left > 0) complain(fmt::format("{}: {} left after the stop", what, left));
  };
  check("receive buffers", core_->recv_buffers().in_use());
  check("pooled bytes", core_->buffers().in_use());
  check("tasks", core_->tasks());
  check("operations", ring_->under_way());
  check("timers", core_->timers().until_next(clock_.now()) ? 1 : 0);
  check("sockets beside the listener", network_.socket_count() - 1);
}

}  // namespace millrace::sim
