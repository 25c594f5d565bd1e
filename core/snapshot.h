// Immutable state that several cores read at once.
#pragma once

#include <memory>

namespace millrace::core {

/// The one counted pointer that may cross cores: the object never changes, only its count does, and
/// whoever holds it on a hot path takes one copy per request rather than per access.
template <class T>
using Snapshot = std::shared_ptr<const T>;

}  // namespace millrace::core
