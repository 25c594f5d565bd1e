#include "http/exchange.h"

namespace millrace::http {

Exchange::~Exchange() {
  if (exchanged_.ending == Ending::kBroken) site_.metrics.broken_responses.add();
  site_.metrics.count_exchange(request_.route_class(), exchanged_.bytes);
  if (site_.access_log == nullptr) return;
  exchanged_.duration = clock_.now() - start_;
  site_.access_log->record(request_, exchanged_);
}

}  // namespace millrace::http
