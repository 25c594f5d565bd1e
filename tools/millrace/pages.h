// Which pages the server sends from, chosen and told.
#pragma once

#include "core/config.h"
#include "core/metrics.h"
#include "core/page_source.h"
#include "core/result.h"

namespace millrace {

/// Times what this machine has, writes the choice into the log, and shows what was found as
/// metrics. For start-up. Errors: those of PageSource::probe.
core::Result<core::PageSource> choose_pages(const core::Config& config, core::Metrics& metrics);

}  // namespace millrace
