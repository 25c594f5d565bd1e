// The Date of responses.
#pragma once

#include <string_view>

#include "core/clock.h"

namespace millrace::http {

/// The value of a Date field, made once a second on each core; valid until then.
std::string_view date_at(core::UnixTime now);

}  // namespace millrace::http
