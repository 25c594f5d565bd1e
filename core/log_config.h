// What an operator may set of the logs.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::core {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };
enum class LogFormat : uint8_t { kText, kJson };

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  std::string file;  ///< Empty: standard error.
};

enum class AccessLogMode : uint8_t { kOff, kSampled, kFull };
enum class PeerForm : uint8_t { kWhole, kNetwork, kNone };

struct AccessLogConfig {
  AccessLogMode mode = AccessLogMode::kOff;
  uint32_t sample_every = 100;  ///< Of the requests that went well; the others are all written.
  std::string file;             ///< Empty: standard output.
  PeerForm peer = PeerForm::kWhole;
  bool referer = false;
};

}  // namespace millrace::core
