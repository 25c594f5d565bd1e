// What an answer may be, whatever version of HTTP brings it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/sim/exchange.h"

namespace millrace::sim {

/// Holds an answer against what was asked, as it comes. Strict: a server has no excuse.
class AnswerCheck {
 public:
  explicit AnswerCheck(const Exchange& exchange) noexcept : exchange_(exchange) {}

  void begin(int status, std::string_view coding, std::optional<uint64_t> length);
  void body(std::string_view bytes);
  /// It says that it is whole.
  void end();

  void complain(const std::string& why);
  /// "": nothing is wrong so far.
  const std::string& complaint() const noexcept { return complaint_; }
  int status() const noexcept { return status_; }
  const Exchange& exchange() const noexcept { return exchange_; }

 private:
  [[nodiscard]] bool is_as_asked() const noexcept { return status_ == exchange_.status; }
  [[nodiscard]] bool knows_size() const noexcept {
    return is_as_asked() && exchange_.end == Exchange::End::kWhole;
  }
  [[nodiscard]] bool may_be(int status) const noexcept;

  const Exchange& exchange_;
  int status_ = 0;
  uint64_t position_ = 0;
  std::optional<uint64_t> length_;
  std::string complaint_;
};

}  // namespace millrace::sim
