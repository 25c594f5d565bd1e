#include "core/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "core/config_keys.h"
#include "core/limits.h"
#include "core/toml.h"

namespace millrace::core {
namespace {

/// One reading: the Config as far as it goes, where each key was set, and what was wrong.
class Reading {
 public:
  void read(const ConfigSource& source);
  void check_relations();
  std::expected<Config, std::string> finish() &&;

 private:
  void assign(const std::string& origin, const TomlEntry& entry);
  void complain(std::string_view origin, std::string_view complaint) {
    fmt::format_to(std::back_inserter(mistakes_), "{}{}: {}", mistakes_.empty() ? "" : "\n", origin,
                   complaint);
  }
  std::string_view origin_of(std::string_view path) const {
    const auto origin = origins_.find(path);
    return origin != origins_.end() ? std::string_view(origin->second) : "default";
  }

  Config config_;
  std::map<std::string, std::string, std::less<>> origins_;
  std::string mistakes_;
};

void Reading::read(const ConfigSource& source) {
  if (source.text.size() > kConfigFileSizeMax) {
    complain(source.name, fmt::format("a configuration is at most {} bytes, this has {}",
                                      kConfigFileSizeMax, source.text.size()));
    return;
  }
  const auto entries = parse_toml(source.text);
  if (!entries) {
    complain(fmt::format("{}:{}", source.name, entries.error().line),
             fmt::format("not TOML: {}; see https://toml.io", entries.error().description));
    return;
  }
  for (const TomlEntry& entry : *entries) {
    assign(fmt::format("{}:{}", source.name, entry.line), entry);
  }
}

void Reading::assign(const std::string& origin, const TomlEntry& entry) {
  const ConfigKey* key = find_config_key(entry.path);
  if (key == nullptr) {
    const ConfigKey* meant = nearest_config_key(entry.path);
    complain(origin, meant != nullptr
                         ? fmt::format("{} is no key; did you mean {}?", entry.path, meant->path)
                         : fmt::format("{} is no key; `millrace --print-config` lists them all",
                                       entry.path));
    return;
  }
  std::visit(
      [&](const auto& rule) {
        const std::optional<Breach> breach = rule.assign(entry.value, config_);
        if (!breach) {
          origins_[entry.path] = origin;
          return;
        }
        Config defaults;
        complain(origin,
                 fmt::format("{}{} must be {}, got {}; the default is {}", key->path, breach->place,
                             breach->expectation, breach->got, rule.shown_in(defaults)));
      },
      key->rule);
}

void Reading::check_relations() {
  const HttpConfig& http = config_.http;
  if (http.connections_per_core_max > http.connections_max) {
    complain(origin_of("http.connections_per_core_max"),
             fmt::format("http.connections_per_core_max must be at most http.connections_max, {}, "
                         "got {}; raise the one or lower the other",
                         http.connections_max, http.connections_per_core_max));
  }
  if (http.target_size_max >= http.head_size_max) {
    complain(origin_of("http.target_size_max"),
             "http.target_size_max must be less than http.head_size_max, which it is a part of; "
             "raise the one or lower the other");
  }
  if (!config_.tls.listen.empty() && config_.tls.certificate.empty()) {
    complain(origin_of("tls.listen"),
             "tls.listen needs at least one [[tls.certificate]] with certificate and key; add one, "
             "or leave tls.listen empty");
  }
  if (config_.live.segment_duration.count() % 1000 != 0) {
    complain(origin_of("live.segment_duration"),
             "live.segment_duration must be whole seconds, as EXT-X-TARGETDURATION is");
  }
  if (config_.live.window < 3 * config_.live.segment_duration) {
    complain(origin_of("live.window"),
             "live.window must be at least three times live.segment_duration; raise the one or "
             "lower the other");
  }
  const ServerConfig& server = config_.server;
  if (!server.cpu_affinity.empty() && server.cores > server.cpu_affinity.size()) {
    complain(origin_of("server.cores"),
             fmt::format("server.cores must be at most the {} CPUs of server.cpu_affinity, got {}; "
                         "0 means one thread for each",
                         server.cpu_affinity.size(), server.cores));
  }
}

std::expected<Config, std::string> Reading::finish() && {
  if (!mistakes_.empty()) return std::unexpected(std::move(mistakes_));
  return std::move(config_);
}

std::string_view section_of(std::string_view path) { return path.substr(0, path.find('.')); }

std::string_view name_of(std::string_view path) { return path.substr(path.find('.') + 1); }

/// `key=value` of a command line as TOML: what is no TOML value is taken as text.
ConfigSource setting_source(const std::string& setting) {
  const std::string name = "--set " + setting;
  const size_t equals = setting.find('=');
  if (equals == std::string::npos || parse_toml(setting)) return {.name = name, .text = setting};
  return {.name = name,
          .text = setting.substr(0, equals + 1) + toml_text(setting.substr(equals + 1))};
}

constexpr std::string_view kReferenceHead =
    "# All keys of millrace, each with its meaning, what it may be, and its default.\n"
    "# A configuration needs only the keys that it changes; `millrace --config FILE` reads it.\n"
    "# A running server takes over what is marked [reloadable] on SIGHUP; the rest needs a "
    "restart.\n"
    "# Generated by `millrace --print-config`.\n";

constexpr std::string_view kCertificateExample =
    "# [[tls.certificate]]\n"
    "# certificate = \"/etc/millrace/example.org.pem\"  # the server's own, then its chain\n"
    "# key = \"/etc/millrace/example.org.key\"\n";

constexpr std::string_view kChannelExample =
    "# [[live.channel]]\n"
    "# name = \"stage\"                     # watched at /api/VideoStream/live/stage.m3u8\n"
    "# key = \"a-long-secret\"              # published by rtmp://HOST/live/a-long-secret\n"
    "# expires = \"2027-01-31T12:00:00Z\"   # of the key; without it, never\n"
    "# max_bitrate = \"20Mbps\"\n"
    "# max_height = 1080\n";

constexpr std::string_view kRungExample =
    "# [[transcode.rung]]\n"
    "# height = 720            # pixels of the shorter side\n"
    "# bitrate = \"2800kbps\"\n"
    "# max_bitrate = \"4200kbps\"\n"
    "# codec = \"h264\"\n"
    "# preset = \"veryfast\"\n"
    "# quality = \"720p\"        # its name; the default is made of height and codec\n";

}  // namespace

std::expected<Config, std::string> read_config(std::span<const ConfigSource> sources) {
  Reading reading;
  for (const ConfigSource& source : sources) reading.read(source);
  reading.check_relations();
  return std::move(reading).finish();
}

std::expected<Config, std::string> load_config(const std::string& file,
                                               std::span<const std::string> settings) {
  std::vector<ConfigSource> sources;
  if (!file.empty()) {
    std::ifstream stream(file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(stream), {});
    if (!stream.is_open() || stream.bad()) {
      return std::unexpected(fmt::format(
          "{}: cannot be read ({}); name a file that exists and that this user may read", file,
          strerrordesc_np(errno)));
    }
    sources.push_back({.name = file, .text = std::move(text)});
  }
  for (const std::string& setting : settings) sources.push_back(setting_source(setting));
  return read_config(sources);
}

std::string config_reference() {
  Config defaults;
  std::string text(kReferenceHead);
  std::string section;
  for (const ConfigKey& key : config_keys()) {
    if (section_of(key.path) != section) {
      section = section_of(key.path);
      fmt::format_to(std::back_inserter(text), "\n[{}]\n", section);
    }
    fmt::format_to(std::back_inserter(text), "\n# {}\n", key.meaning);
    std::visit(
        [&](const auto& rule) {
          std::string expectation = rule.expectation();
          expectation[0] = static_cast<char>(std::toupper(expectation[0]));
          fmt::format_to(std::back_inserter(text), "# {}.{}\n", expectation,
                         key.reload == Reload::kBySignal ? " [reloadable]" : "");
          if constexpr (std::is_same_v<decltype(rule), const RungsRule&>) {
            text += kRungExample;
          } else if constexpr (std::is_same_v<decltype(rule), const CertificatesRule&>) {
            text += kCertificateExample;
          } else if constexpr (std::is_same_v<decltype(rule), const ChannelsRule&>) {
            text += kChannelExample;
          } else {
            fmt::format_to(std::back_inserter(text), "{} = {}\n", name_of(key.path),
                           rule.shown_in(defaults));
          }
        },
        key.rule);
  }
  return text;
}

}  // namespace millrace::core
