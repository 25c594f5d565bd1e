// The event log: a line an event, `2026-03-01T12:00:00.250Z info http.listening address=…`, or the
// same as a JSON object. Writing an event copies it into a bounded queue and never blocks; when the
// queue is full the event is counted and dropped. A thread of its own writes the lines out.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "core/config.h"
#include "core/result.h"

namespace millrace::core::log {

using Level = LogLevel;

/// A name and a value, borrowed for the length of the call. The value is not written when the name
/// tells of a secret (token, password, cookie …), nor such a parameter of a query: core/redact.h.
class Field {
 public:
  using Value = std::variant<std::string_view, int64_t, uint64_t, double, bool, Error>;

  Field(std::string_view name, std::string_view value) noexcept : name_(name), value_(value) {}
  Field(std::string_view name, const std::string& value) noexcept
      : name_(name), value_(std::string_view(value)) {}
  Field(std::string_view name, const char* value) noexcept
      : name_(name), value_(std::string_view(value)) {}
  Field(std::string_view name, bool value) noexcept : name_(name), value_(value) {}
  Field(std::string_view name, double value) noexcept : name_(name), value_(value) {}
  Field(std::string_view name, const Error& value) noexcept : name_(name), value_(value) {}
  template <std::signed_integral T>
  Field(std::string_view name, T value) noexcept : name_(name), value_(int64_t{value}) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view name, T value) noexcept : name_(name), value_(uint64_t{value}) {}

  std::string_view name() const noexcept { return name_; }
  const Value& value() const noexcept { return value_; }

 private:
  std::string_view name_;
  Value value_;
};

using Fields = std::initializer_list<Field>;

/// `name` is `part.event`, in words of the part that speaks: "live.part_late". From any thread.
/// Before start() and after stop() the line goes straight to standard error.
void event(Level level, std::string_view name, Fields fields = {}) noexcept;

/// False when such an event would be thrown away; asked before work that only feeds a log line.
bool enabled(Level level) noexcept;

/// From now on; any thread.
void set_level(Level least) noexcept;

/// Opens the file, or takes standard error, and starts the writer. Once, before the cores start.
/// Errors: those of open(2).
Result<> start(const LogConfig& config);

/// Writes what is queued and ends the writer. Called once every other thread has ended.
void stop() noexcept;

/// Opens the file again under its name, after it was rotated away.
void reopen() noexcept;

/// Events that found the queue full, since the process began.
uint64_t dropped_count() noexcept;

}  // namespace millrace::core::log
