// What the router calls: a function and the object it works on, without a std::function.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/result.h"
#include "core/task.h"
#include "http/request.h"
#include "http/response.h"
#include "http/route_class.h"

namespace millrace::http {

using RouteResult = core::Result<Response>;

/// Whether a route is refused when there is too much (http/pressure.h).
enum class Admission : uint8_t {
  kAlways,
  kWhenCalm,  ///< It begins something long: a session, an upload, a download.
};

/// Borrows `self`, which outlives the router.
struct Endpoint {
  using Call = core::Task<RouteResult> (*)(void* self, Request& request);
  void* self = nullptr;
  Call call = nullptr;
  RouteClass route_class = RouteClass::kOther;
  Admission admission = Admission::kAlways;
};

namespace detail {

inline core::Task<RouteResult> as_task(RouteResult result) { co_return std::move(result); }
inline core::Task<RouteResult> as_task(core::Task<RouteResult> task) { return task; }

}  // namespace detail

/// A route that needs nothing but the request: `Task<Result<Response>> f(Request&)`, or the same
/// without Task when it never waits.
template <auto kFunction>
Endpoint endpoint() noexcept {
  return {.self = nullptr,
          .call = [](void*, Request& request) { return detail::as_task(kFunction(request)); }};
}

/// A member function `Task<Result<Response>> T::f(Request&)`, or a free one
/// `Task<Result<Response>> f(Request&, T&)`; either may leave out Task. `self` is borrowed.
template <auto kFunction, class T>
Endpoint endpoint(T& self) noexcept {
  return {.self = const_cast<void*>(static_cast<const void*>(&self)),
          .call = [](void* erased, Request& request) {
            T& object = *static_cast<T*>(erased);
            if constexpr (std::is_member_function_pointer_v<decltype(kFunction)>) {
              return detail::as_task((object.*kFunction)(request));
            } else {
              return detail::as_task(kFunction(request, object));
            }
          }};
}

}  // namespace millrace::http
