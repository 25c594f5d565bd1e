// How an RTMP connection begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"

namespace millrace::media::rtmp {

/// The server's side of the simple handshake. Clients with a digest (Flash, FFmpeg) take it, too:
/// the version in S1 is 0, which tells them that none will come.
///
/// client: version u8 = 3 | C1: time u32be | version u32be | random, 1528 bytes || C2: S1 again
/// server: version u8 = 3 | S1: as C1 | S2: C1 again
/// Source: Adobe, RTMP 1.0, 5.2.
class Handshake {
 public:
  static constexpr size_t kBlockSize = 1536;

  /// Takes bytes off the front of `input` and appends the answers to `replies`. True when it is
  /// done and what is left of `input` are chunks. Errors: kMalformed (another protocol),
  /// kUnsupported (RTMPE and other versions).
  core::Result<bool> receive(std::span<const std::byte>& input, std::vector<std::byte>& replies);
  bool done() const noexcept { return state_ == State::kDone; }

 private:
  enum class State : uint8_t { kVersion, kC1, kC2, kDone };

  void answer(std::vector<std::byte>& replies);

  State state_ = State::kVersion;
  std::vector<std::byte> c1_;
  size_t c2_left_ = kBlockSize;
};

}  // namespace millrace::media::rtmp
