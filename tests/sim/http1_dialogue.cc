#include "tests/sim/http1_dialogue.h"

#include <algorithm>

namespace millrace::sim {

std::string Http1Dialogue::say() {
  const size_t ahead =
      asks_all_at_once_ ? exchanges_.size() : std::min(exchanges_.size(), answer_count_ + 1);
  std::string text;
  while (ends_.size() < ahead) {
    const std::string& request = exchanges_[ends_.size()].request;
    text += request;
    said_ += request.size();
    ends_.push_back(said_);
  }
  return text;
}

bool Http1Dialogue::is_owed(size_t said) const noexcept {
  if (knows_nothing_ || is_over() || answer_count_ == ends_.size()) return false;
  const Exchange& next = exchanges_[answer_count_];
  const bool may_wait =
      next.end == Exchange::End::kNever || next.trust == Exchange::Trust::kMalformed;
  return !may_wait && said >= ends_[answer_count_];
}

void Http1Dialogue::hear(std::string_view bytes, size_t) {
  while (!bytes.empty() && !knows_nothing_ && complaint_.empty()) {
    // A refusal before the request was read has a body, as nobody knows that it was a HEAD.
    if (is_last_ && status_ >= 400 && exchanges_[answer_count_ - 1].answers_head) return;
    if (is_over()) {
      complaint_ = "bytes behind the last answer";
      return;
    }
    if (!reader_) {
      knows_nothing_ = exchanges_[answer_count_].trust == Exchange::Trust::kMalformed;
      if (knows_nothing_) return;
      reader_.emplace(exchanges_[answer_count_]);
    }
    reader_->read(bytes);
    complaint_ = reader_->check().complaint();
    if (reader_->is_whole()) answered();
  }
}

void Http1Dialogue::answered() {
  status_ = reader_->check().status();
  is_last_ = reader_->is_last();
  trace_.note("answered", who_, status_);
  reader_.reset();
  ++answer_count_;
}

}  // namespace millrace::sim
