// A client that speaks HTTP/2.
#pragma once

#include <nghttp2/nghttp2.h>

#include <deque>
#include <memory>

#include "tests/sim/answer_check.h"
#include "tests/sim/dialogue.h"

namespace millrace::sim {

/// By the book, but for what a manner says.
class Http2Dialogue final : public Dialogue {
 public:
  Http2Dialogue(const Manner& manner, std::vector<Exchange> exchanges, Random& random, Trace& trace,
                uint64_t who);

  std::string say() override;
  void hear(std::string_view bytes, size_t said) override;
  void settle_down() noexcept override;
  bool has_asked_all() const noexcept override { return streams_.size() == exchanges_.size(); }
  bool is_owed(size_t said) const noexcept override;
  bool is_over() const noexcept override;

 private:
  struct Stream {
    explicit Stream(const Exchange& asked) noexcept : check(asked) {}
    const Exchange& exchange() const noexcept { return check.exchange(); }

    AnswerCheck check;
    int32_t id = -1;
    size_t sent = 0;  // Of the content.
    int status = 0;
    std::string coding;
    std::optional<uint64_t> length;
    bool is_closed = false;
  };
  struct Callbacks;
  struct Delete {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  void open_windows(uint32_t window) noexcept;
  void ask(const Exchange& exchange);
  void give_up_one();
  void heard_field(Stream& stream, std::string_view name, std::string_view value);
  void heard_frame(const nghttp2_frame& frame);
  void answered(Stream& stream);
  Stream* stream_of(int32_t id) noexcept;

  Manner manner_;
  Random& random_;
  Trace& trace_;
  const uint64_t who_;
  std::unique_ptr<nghttp2_session, Delete> session_;
  std::deque<Stream> streams_;  // Of those asked, in order.
  size_t said_ = 0;
  bool has_sent_all_ = false;  // Of what was said.
  bool is_broken_ = false;
};

}  // namespace millrace::sim
