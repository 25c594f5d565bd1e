#include "http/exchange.h"

namespace millrace::http {

Exchange::~Exchange() {
  if (exchanged_.ending == Ending::kBroken) site_.metrics.broken_responses.add();
  site_.metrics.count_exchange(request_.route_class(), exchanged_.bytes);
  // One that was not when this began, as the log was turned on since, has no beginning.
  if (!is_logged() || start_ == core::MonotonicTime()) return;
  exchanged_.duration = clock_.now() - start_;
  exchanged_.began =
      clock_.unix_now() - std::chrono::duration_cast<core::UnixTime::duration>(exchanged_.duration);
  site_.access_log->record(request_, exchanged_);
}

}  // namespace millrace::http
