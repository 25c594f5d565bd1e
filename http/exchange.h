// A request from the end of its head to the end of its response, as the operator sees it.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/clock.h"
#include "http/access_log.h"
#include "http/request.h"
#include "http/site.h"

namespace millrace::http {

/// Whichever way it ends, it is counted and logged once, when this is destroyed: as broken unless
/// `completed` was told. Every version of HTTP keeps one for each request that it dispatches.
class Exchange {
 public:
  /// All are borrowed. `protocol`: "HTTP/1.1", "HTTP/2".
  Exchange(const core::Clock& clock, const Site& site, const Request& request,
           std::string_view protocol) noexcept
      : clock_(clock),
        site_(site),
        request_(request),
        start_(is_logged() ? clock.now() : core::MonotonicTime()),
        exchanged_{.protocol = protocol, .ending = Ending::kBroken} {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  void answered(int status) noexcept { exchanged_.status = status; }
  /// Bytes that left for it, its head included.
  void sent(uint64_t bytes) noexcept { exchanged_.bytes += bytes; }
  void completed() noexcept { exchanged_.ending = Ending::kWhole; }

 private:
  bool is_logged() const noexcept {
    return site_.access_log != nullptr && site_.access_log->is_kept();
  }

  const core::Clock& clock_;
  const Site& site_;
  const Request& request_;
  const core::MonotonicTime start_;
  Exchanged exchanged_;
};

}  // namespace millrace::http
