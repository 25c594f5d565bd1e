// swarm: very many viewers of one live stream.
//   swarm --url http://127.0.0.1:8080/api/VideoStream/live/stage.m3u8 --viewers 1000 --seconds 30
#include <getopt.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "bench/swarm/viewer.h"
#include "core/cores.h"
#include "core/io/sleep.h"
#include "http/token.h"
#include "media/hls/multivariant_playlist_text.h"

namespace millrace::swarm {
namespace {

using core::Result;
using core::Task;

struct Options {
  std::string url;
  unsigned viewers = 100;
  double seconds = 10;
  double ramp_seconds = 1;  ///< Over which the viewers come.
  std::vector<unsigned> cpus;
  std::string rendition = "highest";
};

Task<Result<std::string>> get_text(core::Core& core, const Target& server, std::string path) {
  auto connection = co_await http::ClientConnection::open(core, server.address);
  if (!connection) co_return std::unexpected(connection.error());
  const auto head = co_await (*connection)->request({.target = path, .host = server.host});
  Result<std::string> body = head ? co_await (*connection)->read_whole_body(1 << 20)
                                  : Result<std::string>(std::unexpected(head.error()));
  co_await (*connection)->close();
  if (body && head->status != 200) {
    co_return core::fail(core::ErrorCode::kNotFound, "the stream is not there");
  }
  co_return body;
}

/// The media playlist to watch: the address itself, or one of its variants.
Task<Result<std::string>> find_rendition(core::Core& core, const Target& server,
                                         const std::string& wanted) {
  const auto text = co_await get_text(core, server, server.path);
  if (!text) co_return std::unexpected(text.error());
  const auto parsed = media::hls::parse_multivariant_playlist(*text);
  if (!parsed) co_return server.path;
  if (wanted == "audio") {
    for (const auto& rendition : parsed->renditions) {
      if (!rendition.uri.empty()) co_return resolve(server.path, rendition.uri);
    }
  }
  const auto bandwidth = [](const media::hls::VariantText& variant) {
    return variant.variant.bandwidth_bps;
  };
  const auto& variants = parsed->variants;
  const auto chosen = wanted == "lowest" ? std::ranges::min_element(variants, {}, bandwidth)
                                         : std::ranges::max_element(variants, {}, bandwidth);
  co_return resolve(server.path, chosen->variant.uri);
}

constexpr char kUsage[] =
    "usage: swarm --url http://127.0.0.1:8080/api/VideoStream/live/NAME.m3u8\n"
    "  --viewers N     how many (100)\n"
    "  --seconds S     how long, once all have come (10)\n"
    "  --ramp S        seconds over which they come (1)\n"
    "  --cpus 1,2      CPUs to run on (all)\n"
    "  --rendition R   highest, lowest or audio\n"
    "Prints a JSON object of what they saw.\n";

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

bool read_cpus(std::string_view text, std::vector<unsigned>& cpus) {
  while (!text.empty()) {
    cpus.push_back(0);
    if (!read_number(http::take_until(text, ','), cpus.back())) return false;
  }
  return true;
}

bool read_option(int name, std::string_view value, Options& options) {
  switch (name) {
    case 'u':
      options.url = value;
      return true;
    case 'v':
      return read_number(value, options.viewers) && options.viewers > 0;
    case 's':
      return read_number(value, options.seconds);
    case 'r':
      return read_number(value, options.ramp_seconds);
    case 'c':
      return read_cpus(value, options.cpus);
    case 'q':
      options.rendition = value;
      return value == "highest" || value == "lowest" || value == "audio";
    default:
      return false;
  }
}

std::optional<Options> parse_options(int count, char** values) {
  static constexpr option kNames[] = {{"url", required_argument, nullptr, 'u'},
                                      {"viewers", required_argument, nullptr, 'v'},
                                      {"seconds", required_argument, nullptr, 's'},
                                      {"ramp", required_argument, nullptr, 'r'},
                                      {"cpus", required_argument, nullptr, 'c'},
                                      {"rendition", required_argument, nullptr, 'q'},
                                      {nullptr, 0, nullptr, 0}};
  Options options;
  for (int name; (name = ::getopt_long(count, values, "", kNames, nullptr)) != -1;) {
    if (!read_option(name, ::optarg != nullptr ? ::optarg : "", options)) return std::nullopt;
  }
  if (::optind != count || options.url.empty()) return std::nullopt;
  return options;
}

class Swarm {
 public:
  Swarm(Options options, Target server)
      : options_(std::move(options)), server_(std::move(server)) {}

  int run();

 private:
  Task<void> core_main(core::Cores& cores, core::Core& core);
  Task<void> watch_with(core::Core& core, size_t count);

  const Options options_;
  const Target server_;
  std::mutex mutex_;
  Tally tally_;
  std::string failure_;
};

Task<void> Swarm::core_main(core::Cores& cores, core::Core& core) {
  const size_t share =
      options_.viewers / cores.size() + (core.index() < options_.viewers % cores.size() ? 1 : 0);
  co_await watch_with(core, share);
}

Task<void> Swarm::watch_with(core::Core& core, size_t count) {
  const auto path = co_await find_rendition(core, server_, options_.rendition);
  if (!path) {
    const std::scoped_lock lock(mutex_);
    failure_ = path.error().what;
    co_return;
  }
  Tally tally;
  {
    PlaylistMemo memo;
    core::Cancellation stop;
    core::Gate watching;
    std::vector<std::unique_ptr<Viewer>> viewers;
    const auto pause = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(options_.ramp_seconds / static_cast<double>(count + 1)));
    for (size_t i = 0; i < count; ++i) {
      viewers.push_back(std::make_unique<Viewer>(server_, *path, memo, tally));
      core.spawn([](Viewer& viewer, core::Cancellation& its, core::Gate::Pass) -> Task<void> {
        co_await viewer.watch(its);
      }(*viewers.back(), stop, watching.enter()));
      static_cast<void>(co_await core::io::Sleep(core, pause, &core.stopping()));
    }
    const std::chrono::duration<double> length(options_.seconds);
    static_cast<void>(co_await core::io::Sleep(
        core, std::chrono::duration_cast<std::chrono::nanoseconds>(length), &core.stopping()));
    stop.request();
    co_await watching.empty();
  }
  const std::scoped_lock lock(mutex_);
  tally_.merge(tally);
}

int Swarm::run() {
  core::CoresOptions cores;
  cores.cpus = options_.cpus.empty() ? core::allowed_cpus() : options_.cpus;
  cores.core.recv_buffers = {.count = 4096, .buffer_size = 16384};
  const core::SystemClock clock;
  std::atomic<size_t> running = cores.cpus.size();
  auto started =
      core::Cores::start(cores, clock, [&](core::Cores& all, core::Core& core) -> Task<void> {
        co_await core_main(all, core);
        if (running.fetch_sub(1) == 1) all.request_stop();
      });
  if (!started) {
    std::fprintf(stderr, "swarm: %s\n", started.error().what);
    return EXIT_FAILURE;
  }
  (*started)->join();
  if (!failure_.empty()) {
    std::fprintf(stderr, "swarm: %s\n", failure_.c_str());
    return EXIT_FAILURE;
  }
  std::printf("%s\n", tally_.json(options_.seconds + options_.ramp_seconds).c_str());
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace millrace::swarm

int main(int argc, char** argv) {
  const auto options = millrace::swarm::parse_options(argc, argv);
  const auto target = options ? millrace::swarm::parse_target(options->url)
                              : millrace::core::Result<millrace::swarm::Target>(
                                    millrace::core::fail(millrace::core::ErrorCode::kInvalid, ""));
  if (!target) {
    std::fputs(millrace::swarm::kUsage, stderr);
    return EXIT_FAILURE;
  }
  return millrace::swarm::Swarm(*options, *target).run();
}
