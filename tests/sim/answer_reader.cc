#include "tests/sim/answer_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "http/token.h"

namespace millrace::sim {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

}  // namespace

void AnswerReader::complain(std::string why) {
  state_ = State::kWrong;
  complaint_ =
      fmt::format("{} (to {})", why, exchange_.request.substr(0, exchange_.request.find('\r')));
}

void AnswerReader::read(std::string_view& bytes) {
  while (state_ == State::kReading && !bytes.empty()) {
    has_begun_ = true;
    switch (part_) {
      case Part::kHead:
        read_head(bytes);
        break;
      case Part::kSized:
      case Part::kChunk:
        read_some_body(bytes);
        break;
      case Part::kChunkSize:
      case Part::kChunkEnd:
      case Part::kLastEnd:
        read_line(bytes);
        break;
    }
  }
}

void AnswerReader::read_head(std::string_view& bytes) {
  line_.push_back(bytes.front());
  bytes.remove_prefix(1);
  if (!line_.ends_with(kHeadEnd)) {
    if (line_.size() > 4096) complain("an endless head");
    return;
  }
  const auto digits = line_.size() > 12 ? line_.substr(9, 3) : "";
  if (!line_.starts_with("HTTP/1.1 ") || !http::parse_decimal(digits)) {
    return complain("no status line: " + line_.substr(0, 40));
  }
  status_ = std::stoi(digits);
  if (status_ == 100) {
    line_.clear();
    has_begun_ = false;
    return;
  }
  begin_body();
}

std::string_view AnswerReader::field(std::string_view name) const noexcept {
  std::string_view rest = line_;
  while (!rest.empty()) {
    std::string_view line = http::take_until(rest, '\n');
    if (http::equal_ignoring_case(http::take_until(line, ':'), name)) {
      return http::trim(line.substr(0, line.find('\r')));
    }
  }
  return {};
}

bool AnswerReader::may_be(int status) const noexcept {
  if (status == exchange_.status || status == 503 || status == 408) return true;
  return exchange_.trust == Exchange::Trust::kMayFail && (status == 500 || status == 507);
}

void AnswerReader::begin_body() {
  if (!may_be(status_)) return complain(fmt::format("status {}", status_));
  is_last_ = field("Connection") == "close";
  const bool is_compressed = !field("Content-Encoding").empty();
  if (is_as_asked() && is_compressed != exchange_.is_compressed) return complain("another coding");
  const auto length = http::parse_decimal(field("Content-Length"));
  const bool is_chunked = field("Transfer-Encoding") == "chunked";
  if (length && is_chunked) return complain("two lengths");
  if (!length && !is_chunked && !exchange_.answers_head) return complain("no length");
  if (length && knows_size() && *length != exchange_.body->size()) {
    return complain(fmt::format("length {} instead of {}", *length, exchange_.body->size()));
  }
  line_.clear();
  left_ = length.value_or(0);
  part_ = is_chunked ? Part::kChunkSize : Part::kSized;
  if (exchange_.answers_head || (part_ == Part::kSized && left_ == 0)) end_body();
}

void AnswerReader::read_line(std::string_view& bytes) {
  line_.push_back(bytes.front());
  bytes.remove_prefix(1);
  if (!line_.ends_with("\r\n")) {
    if (line_.size() > 20) complain("an endless line between chunks");
    return;
  }
  end_line();
  line_.clear();
}

void AnswerReader::end_line() {
  const std::string_view text = std::string_view(line_).substr(0, line_.size() - 2);
  if (part_ == Part::kChunkEnd || part_ == Part::kLastEnd) {
    if (!text.empty()) return complain("no end of a chunk");
    if (part_ == Part::kLastEnd) return end_body();
    part_ = Part::kChunkSize;
    return;
  }
  const auto read = std::from_chars(text.data(), text.data() + text.size(), left_, 16);
  if (text.empty() || read.ptr != text.data() + text.size()) return complain("no size of a chunk");
  part_ = left_ == 0 ? Part::kLastEnd : Part::kChunk;
}

void AnswerReader::read_some_body(std::string_view& bytes) {
  const std::string_view some = bytes.substr(0, left_);
  bytes.remove_prefix(some.size());
  left_ -= some.size();
  take_body(some);
  if (left_ > 0 || state_ != State::kReading) return;
  if (part_ == Part::kSized) return end_body();
  part_ = Part::kChunkEnd;
}

void AnswerReader::take_body(std::string_view bytes) {
  if (!is_as_asked()) return;
  const std::string& body = *exchange_.body;
  const size_t known = position_ < body.size() ? body.size() - position_ : 0;
  const size_t compared = std::min(known, bytes.size());
  if (compared > 0 &&
      bytes.substr(0, compared) != std::string_view(body).substr(position_, compared)) {
    return complain(fmt::format("wrong bytes from {} on", position_));
  }
  position_ += bytes.size();
  if (bytes.size() > known && knows_size()) {
    complain(fmt::format("more than {} bytes", body.size()));
  }
}

void AnswerReader::end_body() {
  state_ = State::kWhole;
  if (!is_as_asked()) return;
  if (exchange_.end == Exchange::End::kNever) return complain("looks whole and is not");
  if (exchange_.answers_head || position_ == exchange_.body->size()) return;
  complain(fmt::format("ends at byte {} of {}", position_, exchange_.body->size()));
}

}  // namespace millrace::sim
