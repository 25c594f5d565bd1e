// What of a request's path may be written down.
#pragma once

#include <string>

#include "http/request.h"

namespace millrace::http {

/// The path with `***` for the value of each parameter whose name in the route's pattern tells of
/// a secret (core/redact.h): `/ingest/***` for `/ingest/{key}`.
std::string shown_path(const Request& request);

}  // namespace millrace::http
