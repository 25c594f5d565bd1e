// Shared values whose holders on one core do not count with those on others.
#pragma once

#include <memory>
#include <utility>

namespace millrace::core {

/// The same object, with a count of its own: copies of what this yields leave `whole`'s count
/// alone, which other cores write. For what a core hands out with every request.
template <class T>
std::shared_ptr<T> counted_apart(std::shared_ptr<T> whole) {
  if (whole == nullptr) return nullptr;
  T* const object = whole.get();
  return {std::make_shared<std::shared_ptr<T>>(std::move(whole)), object};
}

}  // namespace millrace::core
