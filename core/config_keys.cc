#include "core/config_keys.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <vector>

#include "core/limits.h"

namespace millrace::core {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kReactorNames[] = {"auto", "uring", "epoll"};
constexpr std::string_view kLevelNames[] = {"debug", "info", "warning", "error"};
constexpr std::string_view kFormatNames[] = {"text", "json"};
constexpr std::string_view kTlsVersionNames[] = {"1.2", "1.3"};
constexpr std::string_view kAccessLogModeNames[] = {"off", "sampled", "full"};
constexpr std::string_view kPeerFormNames[] = {"whole", "network", "none"};
constexpr std::string_view kX264Presets[] = {
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"};

constexpr std::string_view kPathForm = "a path, absolute or from the working directory";

bool is_path_or_empty(std::string_view text) {
  return text.size() < 4096 && text.find('\0') == std::string_view::npos;
}

bool is_path(std::string_view text) { return !text.empty() && is_path_or_empty(text); }

bool is_x264_preset(std::string_view text) {
  return std::ranges::find(kX264Presets, text) != std::end(kX264Presets);
}

/// audio-<16 to 512>k: the codec follows from that of the video.
bool is_audio_quality(std::string_view text) {
  if (!text.starts_with("audio-")) return false;
  text.remove_prefix(6);
  uint32_t kbps = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), kbps);
  return error == std::errc() && std::string_view(end, text.data() + text.size()) == "k" &&
         text.front() != '0' && kbps >= 16 && kbps <= 512;
}

/// `*`, or an origin as browsers send it (RFC 6454, 6.2).
bool is_origin(std::string_view text) {
  if (text == "*") return true;
  const size_t scheme_size = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  return scheme_size != 0 && text.size() > scheme_size && text.size() < 256 &&
         std::all_of(
             text.begin() + static_cast<std::ptrdiff_t>(scheme_size), text.end(),
             [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                      c == ':' || c == '[' || c == ']';
             });
}

bool is_web_address_or_empty(std::string_view text) {
  return text.empty() || ((text.starts_with("http://") || text.starts_with("https://")) &&
                          text.size() < 2048 && !text.contains(' ') && !text.contains('\0'));
}

/// `/` or `/files/`: segments of plain characters between slashes, none hidden or empty.
bool is_url_folder(std::string_view text) {
  if (!text.starts_with('/') || !text.ends_with('/') || text.size() > 256) return false;
  if (text.find("//") != text.npos || text.find("/.") != text.npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '-' || c == '.' || c == '_' || c == '~';
  });
}

// A row's field, borrowed from the Config it is given.
#define MR_FIELD(member) [](Config& config) -> auto& { return config.member; }
#define MR_CHOICE(member, type, names)                                             \
  ChoiceRule {                                                                     \
    names, [](Config& config, size_t i) { config.member = static_cast<type>(i); }, \
        [](const Config& config) { return static_cast<size_t>(config.member); }    \
  }

const ConfigKey kKeys[] = {
    {"server.listen", "Where to serve. Port 0: the kernel picks one and the log names it.",
     ListenRule{MR_FIELD(server.listen)}},
    {"server.cores", "Threads that serve. 0: one for each CPU that the process may use.",
     IntegerRule{0, kCoresMax, MR_FIELD(server.cores)}},
    {"server.cpu_affinity", "The CPUs to serve on, by number. Empty: all that the process may use.",
     IntegerListRule{4095, kCoresMax, MR_FIELD(server.cpu_affinity)}},
    {"server.pin", "Whether each serving thread keeps to a CPU of its own.",
     FlagRule{MR_FIELD(server.pin)}},
    {"server.reactor",
     "What a core waits with: io_uring, or epoll. auto: epoll where the first fails.",
     ChoiceRule{kReactorNames,
                [](Config& config, size_t i) { config.server.reactor = static_cast<Reactor>(i); },
                [](const Config& config) { return static_cast<size_t>(config.server.reactor); }}},
    {"server.pages_folder",
     "A folder on a tmpfs mounted with huge=within_size, if the server may not mount its own.",
     TextRule{is_path_or_empty, kPathForm, MR_FIELD(server.pages_folder)}},
    {"server.shutdown_deadline", "How long responses in progress may take to finish at shutdown.",
     DurationRule{milliseconds(0), minutes(10), MR_FIELD(server.shutdown_deadline)},
     Reload::kBySignal},

    {"http.head_timeout", "Time for the head of a request to arrive, from its first byte.",
     DurationRule{milliseconds(100), minutes(5), MR_FIELD(http.head_timeout)}, Reload::kBySignal},
    {"http.idle_timeout", "How long a connection without a request is kept.",
     DurationRule{milliseconds(100), hours(1), MR_FIELD(http.idle_timeout)}, Reload::kBySignal},
    {"http.stall_timeout",
     "How long a body may stay below send_rate_min or receive_rate_min before it is cut off.",
     DurationRule{milliseconds(100), hours(1), MR_FIELD(http.stall_timeout)}, Reload::kBySignal},
    {"http.send_rate_min", "Bytes a second that a client must take.",
     ByteCountRule{{0}, 1_GiB, MR_FIELD(http.send_rate_min)}, Reload::kBySignal},
    {"http.receive_rate_min", "Bytes a second that a client must send of a body.",
     ByteCountRule{{0}, 1_GiB, MR_FIELD(http.receive_rate_min)}, Reload::kBySignal},
    {"http.lag_max",
     "A core whose turns take so long on average refuses connections; at twice that, also starts.",
     DurationRule{milliseconds(10), minutes(1), MR_FIELD(http.lag_max)}, Reload::kBySignal},
    {"http.connections_max", "Connections at a time, on all cores.",
     IntegerRule{1, 10'000'000, MR_FIELD(http.connections_max)}, Reload::kBySignal},
    {"http.connections_per_core_max", "Connections at a time, on one core.",
     IntegerRule{1, 10'000'000, MR_FIELD(http.connections_per_core_max)}, Reload::kBySignal},
    {"http.connections_per_address_max",
     "Connections at a time from one IPv4 address or IPv6 /64 network, on all cores.",
     IntegerRule{1, 10'000'000, MR_FIELD(http.connections_per_address_max)}, Reload::kBySignal},
    {"http.head_size_max", "Bytes of a request's head.",
     ByteCountRule{1_KiB, 256_KiB, MR_FIELD(http.head_size_max)}, Reload::kBySignal},
    {"http.target_size_max", "Bytes of a request's target.",
     ByteCountRule{{256}, 128_KiB, MR_FIELD(http.target_size_max)}, Reload::kBySignal},
    {"http.header_count_max", "Header fields of a request.",
     IntegerRule{8, 1000, MR_FIELD(http.header_count_max)}, Reload::kBySignal},
    {"tls.listen", "Where to serve HTTPS, beside server.listen. Empty: nowhere.",
     ListenListRule{8, MR_FIELD(tls.listen)}},
    {"tls.min_version", "The oldest version of TLS to speak.",
     MR_CHOICE(tls.min_version, TlsVersion, kTlsVersionNames)},
    {"tls.ticket_rotation",
     "How long a key seals session tickets; sessions can be resumed as long as that.",
     DurationRule{minutes(1), hours(24 * 3), MR_FIELD(tls.ticket_rotation)}},
    {"tls.handshake_timeout", "Time for a handshake, from its first byte.",
     DurationRule{milliseconds(100), minutes(1), MR_FIELD(tls.handshake_timeout)}},
    {"tls.handshakes_waiting_max",
     "Handshakes that may wait for their turn, on one core; others are refused.",
     IntegerRule{1, 1'000'000, MR_FIELD(tls.handshakes_waiting_max)}},
    {"tls.kernel",
     "Whether the kernel seals what is sent over TLS 1.3, where it has TLS. Not measured yet.",
     FlagRule{MR_FIELD(tls.kernel)}},
    {"tls.certificate",
     "Certificates; the first is for clients that name no server. Read again on SIGHUP.",
     CertificatesRule{256, MR_FIELD(tls.certificate)}},

    {"store.root", "The folder for videos and the catalogue.",
     TextRule{is_path, kPathForm, MR_FIELD(store.root)}},
    {"store.free_space_floor", "Disk space to leave free; uploads that would use it get 507.",
     ByteCountRule{{0}, 1024_TiB, MR_FIELD(store.free_space_floor)}},

    {"upload.max_size", "The largest file to accept.",
     ByteCountRule{{1}, 16_TiB, MR_FIELD(upload.max_size)}},
    {"upload.expire_after", "How long an unfinished upload is kept after its last byte.",
     DurationRule{minutes(1), hours(24 * 30), MR_FIELD(upload.expire_after)}},

    {"workers.max",
     "Worker processes at a time; one more makes MPEG-TS segments when all are busy. 0: one.",
     IntegerRule{0, 256, MR_FIELD(workers.max)}, Reload::kBySignal},
    {"workers.path", "The millrace-worker executable. Empty: the one beside this executable.",
     TextRule{is_path_or_empty, kPathForm, MR_FIELD(workers.path)}, Reload::kBySignal},
    {"workers.threads", "Threads of one worker. 0: one for each CPU that the process may use.",
     IntegerRule{0, kCoresMax, MR_FIELD(workers.threads)}, Reload::kBySignal},
    {"workers.memory_max", "Memory of one worker; one that needs more fails.",
     ByteCountRule{256_MiB, 1_TiB, MR_FIELD(workers.memory_max)}, Reload::kBySignal},
    {"workers.silence_max", "How long a worker may report nothing before it is taken as hung.",
     DurationRule{seconds(1), hours(1), MR_FIELD(workers.silence_max)}, Reload::kBySignal},
    {"workers.attempts_max", "Attempts at one video before it is marked failed.",
     IntegerRule{1, 10, MR_FIELD(workers.attempts_max)}, Reload::kBySignal},
    {"workers.retry_delay", "Time before the second attempt; doubled for each one after.",
     DurationRule{milliseconds(0), hours(1), MR_FIELD(workers.retry_delay)}, Reload::kBySignal},

    {"transcode.ladder", "The video codecs to encode with, each in all its rungs.",
     LadderRule{MR_FIELD(transcode.ladder)}, Reload::kBySignal},
    {"transcode.audio", "The audio renditions by bitrate. AAC beside H.264, Opus beside VP9, AV1.",
     TextListRule{is_audio_quality, R"(a name from "audio-16k" to "audio-512k")", 4,
                  MR_FIELD(transcode.audio)},
     Reload::kBySignal},
    {"transcode.h264_preset", "The x264 preset of rungs that name none: slower is smaller.",
     TextRule{is_x264_preset, "an x264 preset from \"ultrafast\" to \"veryslow\"",
              MR_FIELD(transcode.h264_preset)},
     Reload::kBySignal},
    {"transcode.vp9_speed", "The libvpx cpu-used of VP9 rungs that name no preset.",
     IntegerRule{0, 8, MR_FIELD(transcode.vp9_speed)}, Reload::kBySignal},
    {"transcode.av1_preset", "The SVT-AV1 preset of AV1 rungs that name none.",
     IntegerRule{0, 13, MR_FIELD(transcode.av1_preset)}, Reload::kBySignal},
    {"transcode.gop_duration", "From one key frame to the next, in every rendition.",
     DurationRule{milliseconds(500), seconds(10), MR_FIELD(transcode.gop_duration)},
     Reload::kBySignal},
    {"transcode.max_width", "Pixels; wider sources are refused.",
     IntegerRule{16, 16384, MR_FIELD(transcode.max_width)}, Reload::kBySignal},
    {"transcode.max_height", "Pixels; higher sources are refused.",
     IntegerRule{16, 16384, MR_FIELD(transcode.max_height)}, Reload::kBySignal},
    {"transcode.max_duration", "Longer sources are refused.",
     DurationRule{seconds(1), hours(24 * 7), MR_FIELD(transcode.max_duration)}, Reload::kBySignal},
    {"transcode.rung", "The rungs to encode, in place of the built-in ones of transcode.ladder.",
     RungsRule{MR_FIELD(transcode.rung)}, Reload::kBySignal},

    {"log.level", "The least serious events to write.", MR_CHOICE(log.level, LogLevel, kLevelNames),
     Reload::kBySignal},
    {"log.format", "Lines of key=value, or of JSON objects.",
     MR_CHOICE(log.format, LogFormat, kFormatNames)},
    {"log.file",
     "The file to append to; opened again on SIGHUP and SIGUSR1. Empty: standard error.",
     TextRule{is_path_or_empty, kPathForm, MR_FIELD(log.file)}},

    {"access_log.mode", "Which requests to write, a JSON object a line.",
     MR_CHOICE(access_log.mode, AccessLogMode, kAccessLogModeNames), Reload::kBySignal},
    {"access_log.sample_every",
     "When sampled: one in so many of the requests that went well; those that failed, always.",
     IntegerRule{1, 1'000'000, MR_FIELD(access_log.sample_every)}, Reload::kBySignal},
    {"access_log.file",
     "The file to append to; opened again on SIGHUP and SIGUSR1. Empty: standard output.",
     TextRule{is_path_or_empty, kPathForm, MR_FIELD(access_log.file)}},
    {"access_log.peer", "How much of a client's address to write. \"network\": its /24 or its /48.",
     MR_CHOICE(access_log.peer, PeerForm, kPeerFormNames), Reload::kBySignal},
    {"access_log.referer", "Whether to write the Referer field.",
     FlagRule{MR_FIELD(access_log.referer)}, Reload::kBySignal},

    {"buffers.budget", "Memory for bytes on their way, of each core; beyond it requests get 503.",
     ByteCountRule{1_MiB, 64_GiB, MR_FIELD(buffers.budget)}},

    {"cors.allowed_origins",
     R"(The origins whose pages may use this server; "*": any page may read, none may write.)",
     TextListRule{is_origin, R"("*" or an origin such as "https://example.org")", 64,
                  MR_FIELD(cors.allowed_origins)},
     Reload::kBySignal},

    {"files.folder",
     "A folder of finished files to serve: regular, not hidden, none outside it. Empty: none.",
     TextRule{is_path_or_empty, kPathForm, MR_FIELD(files.folder)}},
    {"files.path", "The address below which the files are; the server's own addresses win.",
     TextRule{is_url_folder, "a path that begins and ends with a slash, as \"/files/\"",
              MR_FIELD(files.path)}},
    {"files.recheck_after", "How long a file, or its absence, is believed without looking again.",
     DurationRule{milliseconds(0), hours(1), MR_FIELD(files.recheck_after)}},
    {"files.max_age", "How long clients and caches may keep a file.",
     DurationRule{milliseconds(0), hours(24 * 365), MR_FIELD(files.max_age)}},
    {"files.playlist_max_age", "The same for playlists, which may change under their address.",
     DurationRule{milliseconds(0), hours(24), MR_FIELD(files.playlist_max_age)}},
    {"files.cache_files_max", "Files to keep open or in memory, on each core.",
     IntegerRule{1, 1'000'000, MR_FIELD(files.cache_files_max)}},
    {"files.cache_memory", "Memory for files of up to 32 KiB, on each core.",
     ByteCountRule{64_KiB, 64_GiB, MR_FIELD(files.cache_memory)}},

    {"live.rtmp_listen",
     "Where encoders publish by RTMP, rtmp://HOST:PORT/live/KEY. Empty: nowhere.",
     ListenListRule{8, MR_FIELD(live.rtmp_listen)}},
    {"live.part_duration", "The longest part of a live stream; viewers are about three behind.",
     DurationRule{milliseconds(200), seconds(2), MR_FIELD(live.part_duration)}},
    {"live.segment_duration", "The longest segment of a live stream, in whole seconds.",
     DurationRule{seconds(1), seconds(10), MR_FIELD(live.segment_duration)}},
    {"live.window", "How much of a live stream its playlists list.",
     DurationRule{seconds(12), hours(1), MR_FIELD(live.window)}},
    {"live.grace_time", "How long a stream whose publisher was lost waits for one to come back.",
     DurationRule{seconds(0), hours(1), MR_FIELD(live.grace_time)}},
    {"live.takeover_after",
     "A publisher silent for so long gives way to another one with the same key.",
     DurationRule{milliseconds(500), minutes(1), MR_FIELD(live.takeover_after)}},
    {"live.heights", "The qualities to encode beside the source, where that is larger.",
     IntegerListRule{2160, 8, MR_FIELD(live.heights)}},
    {"live.h264_preset", "The x264 preset of those: a slower one needs more than real time.",
     TextRule{is_x264_preset, "an x264 preset from \"ultrafast\" to \"veryslow\"",
              MR_FIELD(live.h264_preset)}},
    {"live.memory", "Memory for what the playlists of all live streams list.",
     ByteCountRule{16_MiB, 1_TiB, MR_FIELD(live.memory)}},
    {"live.streams_max", "Streams that may be published at a time.",
     IntegerRule{1, 10'000, MR_FIELD(live.streams_max)}},
    {"live.webhook_url",
     "Where to POST what happens to streams: published, unpublished, recorded. Empty: nowhere.",
     TextRule{is_web_address_or_empty, "an address that begins with http:// or https://",
              MR_FIELD(live.webhook_url)}},
    {"live.webhook_secret", "What those are signed with (HMAC-SHA256). Empty: they are unsigned.",
     TextRule{is_path_or_empty, "a text", MR_FIELD(live.webhook_secret)}},
    {"live.channel", "The streams that may be published: their names and their secret keys.",
     ChannelsRule{MR_FIELD(live.channel)}},
};

#undef MR_FIELD
#undef MR_CHOICE

/// Levenshtein's: single characters added, removed or replaced.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

const ConfigKey* find_config_key(std::string_view path) {
  const auto* key = std::ranges::find(kKeys, path, &ConfigKey::path);
  return key != std::end(kKeys) ? key : nullptr;
}

const ConfigKey* nearest_config_key(std::string_view path) {
  constexpr size_t kPathSizeMax = 64;  // Keeps the work small for a key of any length.
  if (path.size() > kPathSizeMax) return nullptr;
  const ConfigKey* nearest = nullptr;
  size_t least = path.size() / 4 + 1;
  for (const ConfigKey& key : kKeys) {
    const size_t distance = edit_distance(path, key.path);
    if (distance > least) continue;
    nearest = &key;
    least = distance;
  }
  return nearest;
}

}  // namespace millrace::core
