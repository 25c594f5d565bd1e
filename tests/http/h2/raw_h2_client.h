// A client that sends frames as the test writes them, and reads them as they come.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/h2/nghttp2.h"
#include "http/h2/preface.h"
#include "tests/http/loopback.h"

namespace millrace::http::test {

struct H2Frame {
  uint8_t type = 0;
  uint8_t flags = 0;
  uint32_t stream = 0;
  std::string payload;
};

inline std::string be32(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

inline std::string frame(uint8_t type, unsigned flags, uint32_t stream, std::string_view payload) {
  std::string bytes = be32(static_cast<uint32_t>(payload.size())).substr(1);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes.append(be32(stream)).append(payload);
}

using RawFields = std::vector<std::pair<std::string, std::string>>;

/// HPACK without compression: any bytes may stand in names and values of up to 16,000.
inline std::string hpack(const RawFields& fields) {
  std::string block;
  const auto append = [&block](std::string_view text) {
    size_t rest = text.size();
    if (rest < 127) {
      block.push_back(static_cast<char>(rest));
    } else {
      block.push_back(127);
      for (rest -= 127; rest >= 128; rest /= 128) {
        block.push_back(static_cast<char>(rest % 128 + 128));
      }
      block.push_back(static_cast<char>(rest));
    }
    block.append(text);
  };
  for (const auto& [name, value] : fields) {
    block.push_back(0);
    append(name);
    append(value);
  }
  return block;
}

inline RawFields get_fields_of(std::string_view path) {
  return {
      {":method", "GET"}, {":scheme", "http"}, {":authority", "x"}, {":path", std::string(path)}};
}

inline constexpr unsigned kEndStream = NGHTTP2_FLAG_END_STREAM;
inline constexpr unsigned kEndHeaders = NGHTTP2_FLAG_END_HEADERS;

inline std::string get_frame(uint32_t stream, std::string_view path) {
  return frame(NGHTTP2_HEADERS, kEndStream | kEndHeaders, stream, hpack(get_fields_of(path)));
}

class RawH2Client {
 public:
  RawH2Client(Pump pump, uint16_t port) : pump_(pump), socket_(pump, port) {
    socket_.send(h2::kPreface);
    socket_.send(frame(NGHTTP2_SETTINGS, 0, 0, ""));
  }

  Client& socket() { return socket_; }
  void send(std::string_view frames) { socket_.send(frames); }
  void get(uint32_t stream, std::string_view path) { send(get_frame(stream, path)); }

  /// Reads until such a frame has come; an empty one when the connection ended before.
  H2Frame wait_for(uint8_t type, uint32_t stream) {
    H2Frame found;
    pump_.until([&] {
      const bool is_open = socket_.is_open();
      received_ += socket_.take_received();
      while (take_frame()) {
        if (last_.type == type && last_.stream == stream) {
          found = last_;
          return true;
        }
      }
      return !is_open;
    });
    return found;
  }
  /// The error code of the GOAWAY that ends the connection; ~0 when it ends without.
  uint32_t wait_for_goodbye() {
    const H2Frame goodbye = wait_for(NGHTTP2_GOAWAY, 0);
    return goodbye.payload.size() >= 8 ? code_at(goodbye.payload, 4) : ~uint32_t{0};
  }
  /// The error code of the RST_STREAM for `stream`; ~0 when none comes.
  uint32_t wait_for_reset(uint32_t stream) {
    const H2Frame reset = wait_for(NGHTTP2_RST_STREAM, stream);
    return reset.payload.size() == 4 ? code_at(reset.payload, 0) : ~uint32_t{0};
  }
  /// Whether requests are still answered.
  bool works(uint32_t stream) {
    get(stream, "/echo/x");
    return wait_for(NGHTTP2_HEADERS, stream).type == NGHTTP2_HEADERS;
  }

 private:
  static uint32_t code_at(std::string_view payload, size_t at) {
    uint32_t code = 0;
    for (size_t i = 0; i < 4; ++i) code = code << 8 | static_cast<uint8_t>(payload[at + i]);
    return code;
  }
  bool take_frame() {
    if (received_.size() < 9) return false;
    const size_t size = code_at(std::string(1, '\0') + received_.substr(0, 3), 0);
    if (received_.size() < 9 + size) return false;
    last_ = {.type = static_cast<uint8_t>(received_[3]),
             .flags = static_cast<uint8_t>(received_[4]),
             .stream = code_at(received_, 5),
             .payload = received_.substr(9, size)};
    received_.erase(0, 9 + size);
    return true;
  }

  Pump pump_;
  Client socket_;
  std::string received_;
  H2Frame last_;
};

}  // namespace millrace::http::test
