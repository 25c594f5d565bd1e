// From a request to what leaves for it.
#pragma once

#include "core/clock.h"
#include "core/task.h"
#include "http/outgoing.h"
#include "http/request.h"
#include "http/site.h"

namespace millrace::http {

/// Finds the route, runs it, and shapes its answer. 404 where no route has the path, 405 with Allow
/// where none has the method; preflights and OPTIONS without a route of their own are answered
/// here. Counts and logs it.
core::Task<Outgoing> dispatch(const core::Clock& clock, const Site& site, Request& request);

}  // namespace millrace::http
