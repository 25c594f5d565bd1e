// A chunked body gives the same data however it is cut, and nothing is accepted that llhttp, in
// strict mode, refuses or reads otherwise.
#include <llhttp.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/assert.h"
#include "http/chunk_decoder.h"

using millrace::http::ChunkDecoder;
using millrace::http::Limits;

namespace {

struct Decoded {
  bool failed = false;
  bool done = false;
  size_t consumed = 0;
  std::string data;
};

Decoded decode(std::span<const std::byte> input, size_t portion) {
  const Limits limits;
  ChunkDecoder decoder(limits);
  Decoded decoded;
  while (decoded.consumed < input.size() && !decoder.done()) {
    const auto rest = input.subspan(decoded.consumed);
    const auto step = decoder.read(rest.first(std::min(portion, rest.size())));
    if (!step) {
      decoded.failed = true;
      return decoded;
    }
    decoded.data.append(reinterpret_cast<const char*>(step->data.data()), step->data.size());
    decoded.consumed += step->consumed;
  }
  decoded.done = decoder.done();
  return decoded;
}

struct Reference {
  std::string data;
  bool done = false;
};

Reference decode_with_llhttp(std::string_view body) {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_body = [](llhttp_t* parser, const char* at, size_t size) {
    static_cast<Reference*>(parser->data)->data.append(at, size);
    return 0;
  };
  settings.on_message_complete = [](llhttp_t* parser) {
    static_cast<Reference*>(parser->data)->done = true;
    return 0;
  };
  Reference reference;
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &reference;
  const std::string text =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
  llhttp_execute(&parser, text.data(), text.size());
  return reference;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto input = std::as_bytes(std::span(data, size));
  const Decoded whole = decode(input, size + 1);
  for (const size_t portion : {size_t{1}, size_t{3}}) {
    const Decoded cut = decode(input, portion);
    MR_ASSERT(cut.failed == whole.failed && cut.done == whole.done);
    MR_ASSERT(whole.failed || (cut.data == whole.data && cut.consumed == whole.consumed));
  }
  if (!whole.done) return 0;
  const Reference reference =
      decode_with_llhttp({reinterpret_cast<const char*>(data), whole.consumed});
  MR_ASSERT(reference.done && reference.data == whole.data);
  return 0;
}
