#include "tests/sim/answer_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "http/token.h"

namespace millrace::sim {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

}  // namespace

void AnswerReader::read(std::string_view& bytes) {
  while (!is_whole_ && check_.complaint().empty() && !bytes.empty()) {
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
    if (line_.size() > 4096) check_.complain("an endless head");
    return;
  }
  const auto digits = line_.size() > 12 ? line_.substr(9, 3) : "";
  if (!line_.starts_with("HTTP/1.1 ") || !http::parse_decimal(digits)) {
    return check_.complain("no status line: " + line_.substr(0, 40));
  }
  const int status = std::stoi(digits);
  if (status == 100) {
    line_.clear();
  } else {
    begin_body(status);
  }
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

void AnswerReader::begin_body(int status) {
  is_last_ = field("Connection") == "close";
  const auto length = http::parse_decimal(field("Content-Length"));
  const bool is_chunked = field("Transfer-Encoding") == "chunked";
  check_.begin(status, field("Content-Encoding"), length);
  const bool answers_head = check_.exchange().answers_head;
  if (length && is_chunked) return check_.complain("two lengths");
  if (!length && !is_chunked && !answers_head) return check_.complain("no length");
  line_.clear();
  left_ = length.value_or(0);
  part_ = is_chunked ? Part::kChunkSize : Part::kSized;
  if (answers_head || (part_ == Part::kSized && left_ == 0)) end_body();
}

void AnswerReader::read_line(std::string_view& bytes) {
  line_.push_back(bytes.front());
  bytes.remove_prefix(1);
  if (!line_.ends_with("\r\n")) {
    if (line_.size() > 20) check_.complain("an endless line between chunks");
    return;
  }
  end_line();
  line_.clear();
}

void AnswerReader::end_line() {
  const std::string_view text = std::string_view(line_).substr(0, line_.size() - 2);
  if (part_ == Part::kChunkEnd || part_ == Part::kLastEnd) {
    if (!text.empty()) return check_.complain("no end of a chunk");
    if (part_ == Part::kLastEnd) return end_body();
    part_ = Part::kChunkSize;
    return;
  }
  const auto read = std::from_chars(text.data(), text.data() + text.size(), left_, 16);
  if (text.empty() || read.ptr != text.data() + text.size())
    return check_.complain("no size of a chunk");
  part_ = left_ == 0 ? Part::kLastEnd : Part::kChunk;
}

void AnswerReader::read_some_body(std::string_view& bytes) {
  const std::string_view some = bytes.substr(0, left_);
  bytes.remove_prefix(some.size());
  left_ -= some.size();
  check_.body(some);
  if (left_ > 0) return;
  if (part_ == Part::kSized) return end_body();
  part_ = Part::kChunkEnd;
}

void AnswerReader::end_body() {
  is_whole_ = true;
  check_.end();
}

}  // namespace millrace::sim
