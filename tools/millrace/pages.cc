#include "tools/millrace/pages.h"

#include <cstring>

#include "core/log.h"

namespace millrace {
namespace {

void show(const core::PageSource& source, const core::PageSource::Tried& tried,
          core::Metrics& metrics) {
  const auto kind = core::to_string(tried.kind);
  metrics
      .gauge({.name = "millrace_pages_chosen",
              .help = "1 for the kind of files that bytes for many are sent from.",
              .labels = {{"kind", kind}}})
      .set(tried.kind == source.kind() ? 1 : 0);
  if (tried.failure) return;
  metrics
      .gauge({.name = "millrace_pages_find_nanoseconds_per_mib",
              .help = "What finding the pages of 1 MiB took at the start, by kind of file.",
              .labels = {{"kind", kind}}})
      .set(tried.per_mib.count());
}

/// own_tmpfs 12345, memfd 23456, folder: Permission denied
std::string described(const std::vector<core::PageSource::Tried>& all) {
  std::string text;
  for (const core::PageSource::Tried& tried : all) {
    if (!text.empty()) text += ", ";
    text += core::to_string(tried.kind);
    if (tried.failure) {
      text += ": ";
      text += std::strerror(tried.failure->os_errno);
    } else {
      text += " " + std::to_string(tried.per_mib.count());
    }
  }
  return text;
}

}  // namespace

core::Result<core::PageSource> choose_pages(const core::Config& config, core::Metrics& metrics) {
  auto source = core::PageSource::probe(
      {.named = config.server.pages_folder, .disk = config.store.root});
  if (!source) return source;
  for (const core::PageSource::Tried& tried : source->tried()) show(*source, tried, metrics);
  core::log::event(core::log::Level::kInfo, "pages.chosen",
                   {{"kind", core::to_string(source->kind())},
                    {"ns_per_mib", described(source->tried())}});
  return source;
}

}  // namespace millrace
