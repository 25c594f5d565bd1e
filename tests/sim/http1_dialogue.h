// A client that speaks HTTP/1.1.
#pragma once

#include <optional>

#include "tests/sim/answer_reader.h"
#include "tests/sim/dialogue.h"

namespace millrace::sim {

/// Asks one thing after the other, or everything at once (pipelining).
class Http1Dialogue final : public Dialogue {
 public:
  Http1Dialogue(const Manner& manner, std::vector<Exchange> exchanges, Trace& trace,
                uint64_t who) noexcept
      : Dialogue(std::move(exchanges)),
        asks_all_at_once_(manner.asks_all_at_once),
        trace_(trace),
        who_(who) {}

  std::string say() override;
  void hear(std::string_view bytes, size_t said) override;
  bool has_asked_all() const noexcept override { return ends_.size() == exchanges_.size(); }
  bool is_owed(size_t said) const noexcept override;
  bool is_over() const noexcept override { return is_last_ || has_all_answers(); }

 private:
  void answered();

  const bool asks_all_at_once_;
  Trace& trace_;
  const uint64_t who_;
  std::vector<size_t> ends_;  // Of those asked: bytes said when all of one is.
  size_t said_ = 0;
  bool knows_nothing_ = false;  // After a malformed request.
  bool is_last_ = false;        // The server said that it closes.
  std::optional<AnswerReader> reader_;
};

}  // namespace millrace::sim
