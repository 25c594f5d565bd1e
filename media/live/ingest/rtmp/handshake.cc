#include "media/live/ingest/rtmp/handshake.h"

#include <algorithm>

#include "core/random_id.h"

namespace millrace::media::rtmp {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::byte kVersion{3};
constexpr std::byte kVersionMax{31};  // "3-31"; above, it is text: another protocol.
constexpr size_t kTimeAndVersionSize = 8;

}  // namespace

Result<bool> Handshake::receive(std::span<const std::byte>& input,
                                std::vector<std::byte>& replies) {
  if (state_ == State::kVersion && !input.empty()) {
    const std::byte version = input.front();
    if (version < kVersion || version > kVersionMax) {
      return fail(ErrorCode::kMalformed, "rtmp: handshake");
    }
    if (version != kVersion) return fail(ErrorCode::kUnsupported, "rtmp: version");
    input = input.subspan(1);
    state_ = State::kC1;
  }
  if (state_ == State::kC1) {
    const auto taken = input.first(std::min(input.size(), kBlockSize - c1_.size()));
    c1_.insert(c1_.end(), taken.begin(), taken.end());
    input = input.subspan(taken.size());
    if (c1_.size() < kBlockSize) return false;
    answer(replies);
    c1_ = std::vector<std::byte>();
    state_ = State::kC2;
  }
  if (state_ == State::kC2) {
    // Not compared with S1: clients with a digest send something else.
    const size_t taken = std::min(input.size(), c2_left_);
    input = input.subspan(taken);
    c2_left_ -= taken;
    if (c2_left_ == 0) state_ = State::kDone;
  }
  return done();
}

void Handshake::answer(std::vector<std::byte>& replies) {
  replies.push_back(kVersion);
  const size_t s1 = replies.size();
  replies.resize(s1 + kBlockSize);
  core::fill_random(std::span(replies).subspan(s1 + kTimeAndVersionSize));
  replies.insert(replies.end(), c1_.begin(), c1_.end());
}

}  // namespace millrace::media::rtmp
