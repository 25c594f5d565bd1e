// A line for a request: {"time":…,"peer":…,"method":…,"path":…,"status":…,"bytes":…,…}
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/config.h"
#include "core/line_spool.h"
#include "http/request.h"

namespace millrace::http {

enum class Ending : uint8_t { kWhole, kBroken };

/// What became of a request.
struct Exchanged {
  core::UnixTime began;
  std::chrono::nanoseconds duration{};  ///< From the end of its head to the end of its response.
  int status = 0;
  uint64_t bytes = 0;         ///< That left, the head of the response included.
  std::string_view protocol;  ///< "HTTP/1.1", "HTTP/2"
  Ending ending = Ending::kWhole;
};

/// One per core; all write to one spool. Secrets in the query are not written (core/redact.h), long
/// values are cut.
class AccessLog {
 public:
  /// Nothing is written before `configure`.
  AccessLog() = default;
  /// `spool` may be null when `config` writes nothing; borrowed.
  void configure(const core::AccessLogConfig& config, core::LineSpool* spool) noexcept;

  bool is_kept() const noexcept { return config_.mode != core::AccessLogMode::kOff; }
  void record(const Request& request, const Exchanged& exchanged) {
    if (is_wanted(exchanged)) write(request, exchanged);
  }
  /// Of a request whose head could not be read.
  void record_unread(std::string_view peer, const Exchanged& exchanged);

 private:
  bool is_wanted(const Exchanged& exchanged) noexcept;
  void write(const Request& request, const Exchanged& exchanged);
  void begin(std::string_view peer, core::UnixTime time);
  void append_outcome(const Exchanged& exchanged);
  void end(Ending ending);

  core::AccessLogConfig config_;
  core::LineSpool* spool_ = nullptr;
  uint32_t skipped_ = 0;
  std::string line_;  // Kept, so that a line costs no allocation once one was this long.
};

/// The address without its last part: the /24 of an IPv4 and the /48 of an IPv6 address; "" for
/// what is neither.
std::string network_of(std::string_view address);

}  // namespace millrace::http
