#include "http/access_log.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "core/json_writer.h"
#include "core/redact.h"
#include "core/rfc3339.h"
#include "core/utf8.h"
#include "http/method.h"
#include "http/shown_path.h"

namespace millrace::http {
namespace {

// A line stays under 1.5 KB: a player's path has 60 bytes, a browser's name 120.
constexpr size_t kPathSizeMax = 300;
constexpr size_t kQuerySizeMax = 300;
constexpr size_t kAgentSizeMax = 200;
constexpr size_t kRangeSizeMax = 64;
constexpr size_t kRefererSizeMax = 200;

void append_member(std::string& line, std::string_view name, std::string_view value) {
  line += ",\"";
  line += name;
  line += "\":";
  core::append_json_string(line, value);
}

void append_member(std::string& line, std::string_view name, uint64_t value) {
  fmt::format_to(std::back_inserter(line), ",\"{}\":{}", name, value);
}

/// A field of the request, cut; nothing when it has none.
void append_field(std::string& line, std::string_view name, std::string_view value,
                  size_t size_max) {
  if (!value.empty()) append_member(line, name, core::truncate_utf8(value, size_max));
}

// Decoded, as routes see it: a secret cannot hide behind an escape.
std::string shown_query(const Query& query) {
  std::string shown;
  for (const auto& [name, value] : query) {
    if (!shown.empty()) shown += '&';
    shown += name;
    shown += '=';
    shown += core::names_a_secret(name) ? std::string(core::kRedacted) : core::redact_query(value);
    if (shown.size() > kQuerySizeMax) break;
  }
  return shown;
}

}  // namespace

void AccessLog::configure(const core::AccessLogConfig& config, core::LineSpool* spool) noexcept {
  config_ = config;
  spool_ = spool;
  if (spool == nullptr) config_.mode = core::AccessLogMode::kOff;
}

bool AccessLog::is_wanted(const Exchanged& exchanged) noexcept {
  if (config_.mode == core::AccessLogMode::kOff) return false;
  if (config_.mode == core::AccessLogMode::kFull) return true;
  if (exchanged.status >= 400 || exchanged.ending == Ending::kBroken) return true;
  if (++skipped_ < config_.sample_every) return false;
  skipped_ = 0;
  return true;
}

void AccessLog::write(const Request& request, const Exchanged& exchanged) {
  begin(request.peer_address(), exchanged.began);
  append_member(line_, "method", to_string(request.method()));
  append_member(line_, "path", core::truncate_utf8(shown_path(request), kPathSizeMax));
  append_field(line_, "query", shown_query(request.query()), kQuerySizeMax);
  append_member(line_, "route", to_string(request.route_class()));
  append_outcome(exchanged);
  append_field(line_, "range", request.header("Range"), kRangeSizeMax);
  append_field(line_, "user_agent", request.header("User-Agent"), kAgentSizeMax);
  if (config_.referer) {
    append_field(line_, "referer", core::redact_query(request.header("Referer")), kRefererSizeMax);
  }
  end(exchanged.ending);
}

void AccessLog::record_unread(std::string_view peer, const Exchanged& exchanged) {
  if (!is_wanted(exchanged)) return;
  begin(peer, exchanged.began);
  append_outcome(exchanged);
  end(exchanged.ending);
}

void AccessLog::begin(std::string_view peer, core::UnixTime time) {
  line_.assign(R"({"time":")");
  core::append_rfc3339(line_, time);
  line_ += '"';
  if (config_.peer == core::PeerForm::kWhole) append_member(line_, "peer", peer);
  if (config_.peer == core::PeerForm::kNetwork) append_member(line_, "peer", network_of(peer));
}

void AccessLog::append_outcome(const Exchanged& exchanged) {
  append_member(line_, "protocol", exchanged.protocol);
  append_member(line_, "status", static_cast<uint64_t>(exchanged.status));
  append_member(line_, "bytes", exchanged.bytes);
  append_member(line_, "duration_us", static_cast<uint64_t>(exchanged.duration.count() / 1000));
}

void AccessLog::end(Ending ending) {
  if (ending == Ending::kBroken) line_ += R"(,"broken":true)";
  line_ += "}\n";
  spool_->push(line_);
}

std::string network_of(std::string_view address) {
  const std::string text(address);
  std::array<char, INET6_ADDRSTRLEN> out{};
  in_addr v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    v4.s_addr &= htonl(0xFFFFFF00);
    return ::inet_ntop(AF_INET, &v4, out.data(), out.size());
  }
  in6_addr v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) return {};
  std::memset(v6.s6_addr + 6, 0, 10);
  return ::inet_ntop(AF_INET6, &v6, out.data(), out.size());
}

}  // namespace millrace::http
