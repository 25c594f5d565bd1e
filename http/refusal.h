// Requests that no route gets to see.
#pragma once

#include "http/cors.h"
#include "http/outgoing.h"
#include "http/site.h"

namespace millrace::http {

/// Why a request cannot be understood, and the status that answers it.
struct Refusal {
  int status = 400;
  const char* why = "";
};

/// Its answer, counted.
Outgoing answer_of(const Refusal& refusal, const Site& site);

}  // namespace millrace::http
