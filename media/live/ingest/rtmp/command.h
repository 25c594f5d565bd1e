// Commands of RTMP and the answers to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/flv/amf0.h"

namespace millrace::media::rtmp {

/// `name, transaction, object, arguments…`. Source: Adobe, RTMP 1.0, 7.2.
struct Command {
  std::string name;
  double transaction = 0;  ///< 0: no answer is expected.
  flv::AmfValue object;    ///< kNull with most.
  std::vector<flv::AmfValue> arguments;

  /// The argument of that index; "" when it is no string.
  std::string_view text_argument(size_t index) const noexcept;
  /// 0 when it is no number.
  double number_argument(size_t index) const noexcept;
};

/// Errors: kMalformed, and those of read_amf0.
core::Result<Command> read_command(std::span<const std::byte> body);
std::vector<std::byte> write_command(const Command& command);

enum class StatusLevel : uint8_t { kStatus, kError };

/// What an `onStatus` says: a code for the client, and why for its user.
struct Status {
  StatusLevel level = StatusLevel::kStatus;
  std::string_view code;
  std::string_view description;
};

flv::AmfValue status_object(const Status& status);
Command on_status(const Status& status);

/// The name of the application that a connect command asks for: without a query and slashes at its
/// ends.
std::string app_of(const Command& connect);

/// The answer to `connect`; to a client of enhanced RTMP it says what it may send. Source: Adobe,
/// RTMP 1.0, 7.2.1.1; Enhanced RTMP v2, "Enhancing NetConnection connect Command".
Command connect_result(const Command& connect);

}  // namespace millrace::media::rtmp
