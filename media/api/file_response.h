// A whole file of the store as a response.
#pragma once

#include <string>
#include <string_view>

#include "core/task.h"
#include "http/endpoint.h"

namespace millrace::media::api {

/// Opens `path` on the core's ring and answers with all of it. The ETag follows from size and time
/// of change. Errors: kNotFound, kOs.
core::Task<http::RouteResult> file_response(std::string path, std::string_view content_type,
                                            std::string_view cache_control);

}  // namespace millrace::media::api
