#include "http/refusal.h"

#include <utility>

#include "http/problem.h"
#include "http/status.h"

namespace millrace::http {

Outgoing answer_of(const Refusal& refusal, const Site& site) {
  Outgoing outgoing;
  Response response = problem(refusal.status, reason_phrase(refusal.status), refusal.why);
  outgoing.status = response.status;
  outgoing.headers = std::move(response.headers);
  allow_cross_origin(outgoing.headers, site.cors, "");
  outgoing.content_length = size_of(response.body);
  outgoing.body = std::move(response.body);
  site.metrics.count_response(outgoing.status);
  return outgoing;
}

}  // namespace millrace::http
