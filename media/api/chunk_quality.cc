#include "media/api/chunk_quality.h"

#include <algorithm>
#include <string>

#include "media/hls/attributes.h"

namespace millrace::media::api {
namespace {

// MV-10: about 2000 kb/s.
constexpr uint64_t kStartBps = 2'000'000;
constexpr uint64_t kKbpsMax = 100'000'000;

/// The value of `mtp` in a CMCD list: `bl=2000,mtp=25400,sid="a,b"`. Keys of quoted values are not
/// mistaken for it, since a key follows the beginning or a comma outside of quotes.
std::optional<uint64_t> measured_kbps(std::string_view cmcd) {
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i <= cmcd.size(); ++i) {
    if (i < cmcd.size() && cmcd[i] == '"') quoted = !quoted;
    if (i < cmcd.size() && (quoted || cmcd[i] != ',')) continue;
    std::string_view pair = cmcd.substr(begin, i - begin);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    begin = i + 1;
    if (pair.starts_with("mtp=")) return hls::parse_decimal_integer(pair.substr(4));
  }
  return {};
}

}  // namespace

core::Result<Throughput> throughput_of(const http::Request& request) {
  const auto said = request.query().find_uint("throughput", {.min = 1, .max = kKbpsMax});
  if (!said) return std::unexpected(said.error());
  if (*said) return Throughput{.bps = **said * 1000, .source = "query"};
  std::string_view cmcd = request.query().find("CMCD").value_or("");
  if (cmcd.empty()) cmcd = request.header("CMCD-Request");
  const auto measured = measured_kbps(cmcd);
  if (!measured || *measured == 0 || *measured > kKbpsMax) return Throughput{.source = "none"};
  return Throughput{.bps = *measured * 1000, .source = "cmcd"};
}

std::optional<size_t> choose_rendition(const live::StreamState& stream, uint64_t throughput_bps) {
  const auto& all = stream.renditions;
  const bool has_pictures = std::ranges::any_of(all, [](const auto& r) { return r->is_video; });
  const uint64_t budget = throughput_bps == 0 ? kStartBps : throughput_bps / 10 * 8;
  std::optional<size_t> best;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i]->is_video != has_pictures || all[i]->window->is_empty()) continue;
    const uint64_t its = all[i]->average_bps;
    if (!best) {
      best = i;
      continue;
    }
    const uint64_t least = all[*best]->average_bps;
    const bool fits = its <= budget;
    const bool is_better = least <= budget ? fits && its > least : its < least;
    if (is_better) best = i;
  }
  return best;
}

}  // namespace millrace::media::api
