// What a client says to a server and hears from it, in one version of HTTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/exchange.h"
#include "tests/sim/random.h"
#include "tests/sim/trace.h"

namespace millrace::sim {

/// Knows nothing of how bytes travel.
class Dialogue {
 public:
  /// How it is asked.
  struct Manner {
    bool is_http2 = false;
    bool asks_all_at_once = false;
    bool may_be_late = false;  ///< Time jumps: it may be over before what was sent is looked at.
    uint32_t window = 65'535;  ///< Of HTTP/2: bytes a stream may bring unasked.
    unsigned gives_up = 0;     ///< Of HTTP/2: in how many of a thousand turns it resets a stream.
  };
  static std::unique_ptr<Dialogue> make(const Manner& manner, std::vector<Exchange> exchanges,
                                        Random& random, Trace& trace, uint64_t who);

  explicit Dialogue(std::vector<Exchange> exchanges) noexcept : exchanges_(std::move(exchanges)) {}
  Dialogue(const Dialogue&) = delete;
  Dialogue& operator=(const Dialogue&) = delete;
  virtual ~Dialogue() = default;

  /// Everything that can be said now and was not said before.
  virtual std::string say() = 0;
  /// By now the first `said` bytes of what was to be said are sent.
  virtual void hear(std::string_view bytes, size_t said) = 0;
  /// From now on nothing on purpose is hard for the server.
  virtual void settle_down() noexcept {}
  /// Everything was asked.
  [[nodiscard]] virtual bool has_asked_all() const noexcept = 0;
  /// The server owes something for what it was told: the first `said` bytes.
  [[nodiscard]] virtual bool is_owed(size_t said) const noexcept = 0;
  /// Everything was answered, or never will be.
  [[nodiscard]] virtual bool is_over() const noexcept = 0;

  /// What it asks, for whoever has to understand a failure.
  [[nodiscard]] std::string questions() const;
  /// Whole answers.
  [[nodiscard]] size_t answer_count() const noexcept { return answer_count_; }
  [[nodiscard]] bool has_all_answers() const noexcept { return answer_count_ == exchanges_.size(); }
  /// Of the last answer.
  [[nodiscard]] int status() const noexcept { return status_; }
  /// What the server did wrong; "" when nothing.
  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

 protected:
  const std::vector<Exchange> exchanges_;
  size_t answer_count_ = 0;
  int status_ = 0;
  std::string complaint_;
};

}  // namespace millrace::sim
