// The page and its files.
#pragma once

#include "http/endpoint.h"

namespace millrace::media::api {

/// GET /, /watch/{id}, /upload: one document; its script reads the address.
http::RouteResult get_page(http::Request& request);
/// GET /assets/{file} and /assets/vendor/{file}
http::RouteResult get_asset(http::Request& request);

}  // namespace millrace::media::api
