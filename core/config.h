// What an operator may set. The defaults here are the defaults; millrace.example.toml, generated
// from the table of keys in core/config_keys.cc, is the manual.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_count.h"
#include "core/files_config.h"
#include "core/listen_address.h"
#include "core/live_config.h"
#include "core/log_config.h"
#include "core/reactor.h"
#include "core/tls_config.h"
#include "core/transcode_config.h"

namespace millrace::core {

struct ServerConfig {
  ListenAddress listen;
  uint32_t cores = 0;                  ///< 0: one for each CPU this process may use.
  std::vector<uint32_t> cpu_affinity;  ///< CPUs by number; empty: those the process may use.
  bool pin = true;
  Reactor reactor = Reactor::kAuto;
  std::string pages_folder;  ///< Empty: none but those that the server finds itself.
  std::chrono::milliseconds shutdown_deadline = std::chrono::seconds(30);
};

struct HttpConfig {
  std::chrono::milliseconds head_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(60);
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
  ByteCount send_rate_min = 1_KiB;     ///< Bytes a second.
  ByteCount receive_rate_min = 1_KiB;  ///< Bytes a second.
  std::chrono::milliseconds lag_max = std::chrono::milliseconds(200);
  uint32_t connections_max = 40'000;
  uint32_t connections_per_core_max = 20'000;
  uint32_t connections_per_address_max = 1'000;
  ByteCount head_size_max = 16_KiB;
  ByteCount target_size_max = 8_KiB;
  uint32_t header_count_max = 100;
};

struct StoreConfig {
  std::string root = "store";
  ByteCount free_space_floor = 1_GiB;
};

struct UploadConfig {
  ByteCount max_size = 64_GiB;
  std::chrono::milliseconds expire_after = std::chrono::hours(24);
};

struct WorkersConfig {
  uint32_t max = 0;      ///< 0: one.
  std::string path;      ///< Empty: millrace-worker beside the server's executable.
  uint32_t threads = 0;  ///< 0: one for each CPU this process may use.
  ByteCount memory_max = 6_GiB;
  std::chrono::milliseconds silence_max = std::chrono::seconds(60);
  uint32_t attempts_max = 3;
  std::chrono::milliseconds retry_delay = std::chrono::seconds(2);
};

struct BuffersConfig {
  ByteCount budget = 64_MiB;  ///< For each core.
};

struct CorsConfig {
  std::vector<std::string> allowed_origins = {"*"};
};

struct Config {
  ServerConfig server;
  HttpConfig http;
  TlsConfig tls;
  StoreConfig store;
  UploadConfig upload;
  WorkersConfig workers;
  TranscodeConfig transcode;
  LogConfig log;
  AccessLogConfig access_log;
  BuffersConfig buffers;
  CorsConfig cors;
  FilesConfig files;
  LiveConfig live;
};

/// TOML text and what to call it in a message: a file name, or "--set".
struct ConfigSource {
  std::string name;
  std::string text;
};

/// The defaults with each source laid over them in order. The error is for people: a line for each
/// mistake, `millrace.toml:3: http.head_timeout must be …, got …; …`. Nothing is read when any
/// source has a mistake.
std::expected<Config, std::string> read_config(std::span<const ConfigSource> sources);

/// `file` (none when empty) and then `key=value` settings from the command line, where a value that
/// is no TOML is taken as text: `http.head_timeout=5s`. Blocks on the disk: for startup only.
std::expected<Config, std::string> load_config(const std::string& file,
                                               std::span<const std::string> settings);

/// All keys with meaning, rule and default, as a TOML file that sets every key to its default.
std::string config_reference();

}  // namespace millrace::core
