#pragma once

#include <initializer_list>

#include "core/result.h"
#include "media/catalogue/database.h"

namespace millrace::media::catalogue {

struct Preparation {
  Statement* statement;
  const char* sql;
};

/// Prepares each; the first failure ends it.
inline core::Result<> prepare_all(Database& database, std::initializer_list<Preparation> list) {
  for (const Preparation& preparation : list) {
    core::Result<Statement> statement = database.prepare(preparation.sql);
    if (!statement) return std::unexpected(statement.error());
    *preparation.statement = std::move(*statement);
  }
  return {};
}

}  // namespace millrace::media::catalogue
