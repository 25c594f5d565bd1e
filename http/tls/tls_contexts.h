// The contexts of all cores, read from the configured files.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/config.h"
#include "core/control.h"
#include "core/core.h"
#include "core/snapshot.h"
#include "http/tls/tls_context.h"

namespace millrace::http::tls {

/// Who takes a new context to a core's endpoint. Called on that core.
struct ContextTaker {
  void* self = nullptr;
  void (*take)(void* self, size_t core_index, core::Snapshot<TlsContext> context) = nullptr;
};

class TlsContexts {
 public:
  /// One for each core, in order.
  using PerCore = std::vector<core::Snapshot<TlsContext>>;

  /// `protocols`: by ALPN, the preferred first. `config` and `clock` outlive this.
  TlsContexts(const core::TlsConfig& config, std::vector<std::string> protocols,
              const core::Clock& clock);

  /// Reads and checks every certificate. Blocks on the disk. The error is for the operator.
  std::expected<PerCore, std::string> load(size_t core_count) const;

  /// Reads the files again, on the control thread, and has every core use them for the connections
  /// that come from then on; those that are open keep theirs. An error changes nothing.
  core::Task<std::expected<void, std::string>> reload(core::ControlThread& control,
                                                      std::vector<core::Core*> cores,
                                                      ContextTaker taker) const;

 private:
  const core::TlsConfig& config_;
  TlsTerms terms_;
  const core::Clock& clock_;
};

}  // namespace millrace::http::tls
