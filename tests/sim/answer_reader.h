// The framing of HTTP/1.1, as a client reads it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/sim/answer_check.h"

namespace millrace::sim {

/// One answer of HTTP/1.1 to what is a request.
class AnswerReader {
 public:
  explicit AnswerReader(const Exchange& exchange) noexcept : check_(exchange) {}

  /// Takes bytes off the front of `bytes`, as far as they belong to this answer and are right.
  void read(std::string_view& bytes);

  const AnswerCheck& check() const noexcept { return check_; }
  bool is_whole() const noexcept { return is_whole_; }
  /// The connection ends after it.
  bool is_last() const noexcept { return is_last_; }

 private:
  enum class Part : uint8_t { kHead, kSized, kChunkSize, kChunk, kChunkEnd, kLastEnd };

  void read_head(std::string_view& bytes);
  void begin_body(int status);
  void read_line(std::string_view& bytes);
  void end_line();
  void read_some_body(std::string_view& bytes);
  void end_body();
  [[nodiscard]] std::string_view field(std::string_view name) const noexcept;

  AnswerCheck check_;
  Part part_ = Part::kHead;
  std::string line_;   // The head, or a line of the chunked framing.
  uint64_t left_ = 0;  // Of the body, or of the chunk.
  bool is_whole_ = false;
  bool is_last_ = false;
};

}  // namespace millrace::sim
