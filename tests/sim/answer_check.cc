#include "tests/sim/answer_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::sim {

using Trust = Exchange::Trust;

void AnswerCheck::complain(const std::string& why) {
  if (!complaint_.empty() || exchange_.trust == Trust::kMalformed) return;
  complaint_ = fmt::format("{} (to {} {})", why, exchange_.method, exchange_.target);
}

bool AnswerCheck::may_be(int status) const noexcept {
  if (status == exchange_.status || status == 503 || status == 408) return true;
  return exchange_.trust == Trust::kMayFail && (status == 500 || status == 507);
}

void AnswerCheck::begin(int status, std::string_view coding, std::optional<uint64_t> length) {
  status_ = status;
  length_ = length;
  if (!may_be(status)) return complain(fmt::format("status {}", status));
  if (is_as_asked() && coding.empty() == exchange_.is_compressed) return complain("another coding");
  if (length && knows_size() && *length != exchange_.body->size()) {
    complain(fmt::format("length {} instead of {}", *length, exchange_.body->size()));
  }
}

void AnswerCheck::body(std::string_view bytes) {
  const uint64_t before = position_;
  position_ += bytes.size();
  if (exchange_.answers_head && !bytes.empty()) return complain("a body for HEAD");
  if (!is_as_asked()) return;
  const std::string& body = *exchange_.body;
  const size_t known = before < body.size() ? body.size() - before : 0;
  const size_t compared = std::min(known, bytes.size());
  if (compared > 0 &&
      bytes.substr(0, compared) != std::string_view(body).substr(before, compared)) {
    return complain(fmt::format("wrong bytes from {} on", before));
  }
  if (bytes.size() > known && knows_size()) complain(fmt::format("over {} bytes", body.size()));
}

void AnswerCheck::end() {
  if (exchange_.answers_head) return;
  if (length_ && *length_ != position_) return complain("ends before its length");
  if (!is_as_asked()) return;
  if (exchange_.end == Exchange::End::kNever) return complain("looks whole and is not");
  if (position_ == exchange_.body->size()) return;
  complain(fmt::format("ends at byte {} of {}", position_, exchange_.body->size()));
}

}  // namespace millrace::sim
