// Checks what a server answers, as it comes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/sim/exchange.h"

namespace millrace::sim {

/// One answer of HTTP/1.1 to what is a request, held against what it may be.
class AnswerReader {
 public:
  enum class State : uint8_t { kReading, kWhole, kWrong };

  explicit AnswerReader(const Exchange& exchange) noexcept : exchange_(exchange) {}

  /// Takes bytes off the front of `bytes`, as far as they belong to this answer.
  void read(std::string_view& bytes);

  State state() const noexcept { return state_; }
  /// When wrong: why.
  const std::string& complaint() const noexcept { return complaint_; }
  int status() const noexcept { return status_; }
  /// The connection ends after it.
  bool is_last() const noexcept { return is_last_; }
  /// Some of it has come.
  bool has_begun() const noexcept { return has_begun_; }

 private:
  enum class Part : uint8_t { kHead, kSized, kChunkSize, kChunk, kChunkEnd, kLastEnd };

  void read_head(std::string_view& bytes);
  void begin_body();
  void read_line(std::string_view& bytes);
  void end_line();
  void read_some_body(std::string_view& bytes);
  void take_body(std::string_view bytes);
  void end_body();
  void complain(std::string why);
  [[nodiscard]] bool is_as_asked() const noexcept { return status_ == exchange_.status; }
  [[nodiscard]] bool knows_size() const noexcept {
    return is_as_asked() && exchange_.end == Exchange::End::kWhole;
  }
  [[nodiscard]] bool may_be(int status) const noexcept;
  [[nodiscard]] std::string_view field(std::string_view name) const noexcept;

  const Exchange& exchange_;
  State state_ = State::kReading;
  Part part_ = Part::kHead;
  std::string line_;  // The head, or a line of the chunked framing.
  std::string complaint_;
  int status_ = 0;
  uint64_t left_ = 0;  // Of the body, or of the chunk.
  uint64_t position_ = 0;
  bool is_last_ = false;
  bool has_begun_ = false;
};

}  // namespace millrace::sim
