// What the caches of open files count.
#pragma once

#include "core/metrics.h"

namespace millrace::http {

/// Handles, one set for all cores.
class FileCacheMetrics {
 public:
  explicit FileCacheMetrics(core::Metrics& registry)
      : hits(lookups(registry, "hit")),
        rechecks(lookups(registry, "recheck")),
        misses(lookups(registry, "miss")),
        descriptors(registry.gauge({.name = "millrace_file_cache_descriptors",
                                    .help = "Files that the caches hold open."})),
        memory(registry.gauge({.name = "millrace_file_cache_bytes",
                               .help = "Bytes of small files that the caches hold."})) {}

  core::Counter hits;
  core::Counter rechecks;  ///< Was known, and looked at again because it was old.
  core::Counter misses;
  core::Gauge descriptors;
  core::Gauge memory;

 private:
  static core::Counter lookups(core::Metrics& registry, std::string_view result) {
    return registry.counter({.name = "millrace_file_cache_lookups_total",
                             .help = "Requests for files by how the cache knew them.",
                             .labels = {{"result", result}}});
  }
};

}  // namespace millrace::http
