// Whatever comes instead of a handshake ends it or asks for more, and nothing is agreed on.
#include <cstdint>
#include <span>

#include "core/assert.h"
#include "http/tls/tls_session.h"
#include "tests/http/tls/certificates.h"

namespace tls = millrace::http::tls;

namespace {

const millrace::core::Snapshot<tls::TlsContext>& context() {
  static const auto made = [] {
    const tls::CertificateText texts[] = {
        tls::test::make_certificate(),
        tls::test::make_certificate({.names = "DNS:*.example.net"}),
    };
    const auto created = tls::TlsContext::create(texts, {.protocols = {"h2", "http/1.1"}},
                                                 std::chrono::system_clock::now());
    MR_ASSERT(created.has_value());
    return *created;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const millrace::core::SimulatedClock clock;
  static tls::TicketKeys tickets(tls::TicketSeed{}, std::chrono::hours(1), clock);
  tls::TlsSession session(context(), tickets);
  const auto bytes = std::as_bytes(std::span(data, size));
  // In two pieces, as TCP may bring it.
  for (const auto piece : {bytes.first(size / 2), bytes.subspan(size / 2)}) {
    session.take_input(piece);
    const auto progress = session.handshake();
    if (!progress) {
      MR_ASSERT(session.sealer() == nullptr);
      return 0;
    }
    MR_ASSERT(*progress == tls::TlsSession::Progress::kNeedsInput && !session.has_input());
  }
  return 0;
}
