#include "tests/sim/dialogue.h"

#include <fmt/format.h>

#include "tests/sim/http1_dialogue.h"
#include "tests/sim/http2_dialogue.h"

namespace millrace::sim {

std::unique_ptr<Dialogue> Dialogue::make(const Manner& manner, std::vector<Exchange> exchanges,
                                         Random& random, Trace& trace, uint64_t who) {
  if (manner.is_http2) {
    return std::make_unique<Http2Dialogue>(manner, std::move(exchanges), random, trace, who);
  }
  return std::make_unique<Http1Dialogue>(manner, std::move(exchanges), trace, who);
}

std::string Dialogue::questions() const {
  std::string all;
  for (const Exchange& exchange : exchanges_) {
    all += fmt::format(" {} {}{},", exchange.method, exchange.target,
                       exchange.trust == Exchange::Trust::kMalformed ? " (malformed)" : "");
  }
  return all;
}

}  // namespace millrace::sim
