#include "http/tls/tls_contexts.h"

#include <fmt/format.h>

#include <utility>

#include "core/cores.h"
#include "core/io/sleep.h"
#include "core/log.h"

namespace millrace::http::tls {
namespace {

using core::Task;

constexpr std::chrono::days kSoon{14};

void warn_before_the_end(const TlsContext& context, core::UnixTime now) {
  const auto left = std::chrono::floor<std::chrono::days>(context.not_after() - now);
  if (left > kSoon) return;
  core::log::event(core::log::Level::kWarning, "tls.certificate_expires_soon",
                   {{"days_left", left.count()}});
}

}  // namespace

TlsContexts::TlsContexts(const core::TlsConfig& config, std::vector<std::string> protocols,
                         const core::Clock& clock)
    : config_(config),
      terms_{.version_min =
                 config.min_version == core::TlsVersion::kTls13 ? Version::kTls13 : Version::kTls12,
             .protocols = std::move(protocols),
             .session_lifetime =
                 std::chrono::duration_cast<std::chrono::seconds>(config.ticket_rotation)},
      clock_(clock) {}

// The files are read once, so that all cores have the same even while somebody replaces them.
std::expected<TlsContexts::PerCore, std::string> TlsContexts::load(size_t core_count) const {
  std::vector<CertificateText> texts;
  for (const core::CertificateConfig& pair : config_.certificate) {
    auto text = read_certificate(pair.certificate, pair.key);
    if (!text) return std::unexpected(text.error());
    texts.push_back(std::move(*text));
  }
  PerCore contexts;
  for (size_t i = 0; i < core_count; ++i) {
    auto context = TlsContext::create(texts, terms_, clock_.unix_now());
    if (!context) return std::unexpected(context.error());
    contexts.push_back(std::move(*context));
  }
  if (!contexts.empty()) warn_before_the_end(*contexts.front(), clock_.unix_now());
  return contexts;
}

Task<std::expected<void, std::string>> TlsContexts::reload(core::ControlThread& control,
                                                           std::vector<core::Core*> cores,
                                                           ContextTaker taker) const {
  const size_t count = cores.size();
  auto loaded = co_await control.run(
      [this, count]() -> core::Result<std::expected<PerCore, std::string>> { return load(count); });
  if (!loaded) {
    co_return std::unexpected(fmt::format("certificates not read: {}", loaded.error().what));
  }
  if (!*loaded) co_return std::unexpected(loaded->error());
  for (size_t i = 0; i < count; ++i) {
    for (;;) {
      const core::Result<> used = co_await core::run_on(*cores[i], [&, i]() -> core::Result<> {
        taker.take(taker.self, i, std::move((**loaded)[i]));
        return {};
      });
      if (used) break;
      // Its mailbox is full for a moment: all cores must come to have the same certificates.
      static_cast<void>(co_await core::io::Sleep(core::Core::current(), core::Timers::kTick));
    }
  }
  core::log::event(core::log::Level::kInfo, "tls.certificates_loaded",
                   {{"count", config_.certificate.size()}});
  co_return std::expected<void, std::string>();
}

}  // namespace millrace::http::tls
