// From a request to what leaves for it.
#pragma once

#include "core/task.h"
#include "http/cors.h"
#include "http/outgoing.h"
#include "http/request.h"
#include "http/router.h"

namespace millrace::http {

/// Finds the route, runs it, and shapes its answer. 404 where no route has the path, 405 with Allow
/// where none has the method; preflights and OPTIONS without a route of their own are answered
/// here.
core::Task<Outgoing> dispatch(const Router& router, const CorsPolicy& cors, Request& request);

}  // namespace millrace::http
