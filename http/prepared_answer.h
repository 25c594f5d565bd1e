// The bytes of an answer that many get alike.
#pragma once

#include <string>
#include <string_view>

#include "core/snapshot.h"

namespace millrace::http {

/// An answer as HTTP/1.1 sends it, with its body when that is short: made once a second, for its
/// Date, and then sent from the same memory to all. One core.
class PreparedAnswer {
 public:
  /// Bodies up to this are copied behind the head. 8 KiB: most playlists.
  static constexpr size_t kBodyBytesMax = 8 * 1024;

  struct Form {
    std::string_view date;
    bool keeps_alive = true;
  };

  /// nullptr: to be made.
  core::Snapshot<std::string> find(const Form& form) const noexcept {
    const bool fits = form.keeps_alive == keeps_alive_ && form.date == date_;
    return fits ? bytes_ : nullptr;
  }
  /// In place of what was kept before.
  core::Snapshot<std::string> keep(const Form& form, std::string bytes) {
    date_ = form.date;
    keeps_alive_ = form.keeps_alive;
    bytes_ = std::make_shared<const std::string>(std::move(bytes));
    return bytes_;
  }

 private:
  std::string date_;
  bool keeps_alive_ = true;
  core::Snapshot<std::string> bytes_;
};

}  // namespace millrace::http
