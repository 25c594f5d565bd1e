#include "media/hls/decimal_seconds.h"

#include <iterator>

#include <fmt/format.h>

namespace millrace::media::hls {
namespace {

constexpr uint64_t kMicro = 1'000'000;

// 128 bits: ticks of a long stream times a million do not fit 64.
uint64_t to_microseconds(uint64_t ticks, uint32_t timescale) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<uint64_t>((Wide{ticks} * kMicro + timescale / 2) / timescale);
}

}  // namespace

void append_seconds(std::string& out, TickSpan span, uint32_t timescale) {
  const uint64_t length = to_microseconds(span.start + span.duration, timescale) -
                          to_microseconds(span.start, timescale);
  fmt::format_to(std::back_inserter(out), "{}.{:06}", length / kMicro, length % kMicro);
}

void append_milliseconds(std::string& out, uint64_t milliseconds) {
  fmt::format_to(std::back_inserter(out), "{}.{:03}", milliseconds / 1000, milliseconds % 1000);
}

}  // namespace millrace::media::hls
