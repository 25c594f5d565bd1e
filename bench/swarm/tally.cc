#include "bench/swarm/tally.h"

#include "core/json_writer.h"

namespace millrace::swarm {
namespace {

void write(core::JsonWriter& json, std::string_view name, const core::HistogramSnapshot& times) {
  const auto ms = [&](double quantile) {
    return static_cast<double>(times.quantile(quantile)) / 1000;
  };
  json.key(name)
      .begin_object()
      .member("count", times.count())
      .member("p50Ms", ms(0.5))
      .member("p95Ms", ms(0.95))
      .member("p99Ms", ms(0.99))
      .member("maxMs", ms(1))
      .end_object();
}

}  // namespace

void Tally::merge(const Tally& other) {
  viewers_started += other.viewers_started;
  viewers_playing += other.viewers_playing;
  reloads += other.reloads;
  parts += other.parts;
  bytes += other.bytes;
  stalls += other.stalls;
  stall_us += other.stall_us;
  played_us += other.played_us;
  gaps += other.gaps;
  for (const auto& [what, count] : other.errors) errors[what] += count;
  join.merge(other.join);
  reload.merge(other.reload);
  part.merge(other.part);
  latency.merge(other.latency);
}

std::string Tally::json(double seconds) const {
  std::string text;
  core::JsonWriter json(text);
  json.begin_object()
      .member("seconds", seconds)
      .member("viewersStarted", viewers_started)
      .member("viewersPlaying", viewers_playing)
      .member("reloads", reloads)
      .member("parts", parts)
      .member("bytes", bytes)
      .member("megabitsPerSecond", static_cast<double>(bytes) * 8e-6 / seconds)
      .member("stalls", stalls)
      .member("stallRatio", played_us == 0 ? 0.0
                                           : static_cast<double>(stall_us) /
                                                 static_cast<double>(stall_us + played_us))
      .member("gaps", gaps);
  write(json, "join", join);
  write(json, "reload", reload);
  write(json, "part", part);
  write(json, "latency", latency);
  json.key("errors").begin_object();
  for (const auto& [what, count] : errors) json.member(what, count);
  json.end_object().end_object();
  return text;
}

}  // namespace millrace::swarm
