#pragma once

#include <cstdint>
#include <span>

#include "core/result.h"
#include "media/catalogue/database.h"

namespace millrace::media::catalogue {

/// The steps from an empty file to the current schema. Step n makes version n + 1, kept in
/// `PRAGMA user_version`. A released step is never edited: a change is a new step.
std::span<const char* const> schema_steps();

/// Brings the file to the current version, each step in a transaction of its own. kUnsupported: the
/// file was made by a newer millrace.
core::Result<> migrate(Database& database);

}  // namespace millrace::media::catalogue
