// AMF0 that is accepted can be written, and reads the same then.
#include <cstdint>
#include <span>
#include <vector>

#include "core/assert.h"
#include "media/flv/amf0.h"
#include "media/live/ingest/rtmp/command.h"

namespace {

namespace flv = millrace::media::flv;

std::vector<std::byte> written(const std::vector<flv::AmfValue>& values) {
  std::vector<std::byte> out;
  for (const flv::AmfValue& value : values) flv::append_amf0(out, value);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace rtmp = millrace::media::rtmp;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto values = flv::read_amf0(bytes);
  const auto command = rtmp::read_command(bytes);
  MR_ASSERT(!command || values);
  if (!values) return 0;
  const auto first = written(*values);
  MR_ASSERT(first.size() <= size);
  const auto reread = flv::read_amf0(first);
  // Bytes are compared, since a number may be NaN.
  MR_ASSERT(reread && written(*reread) == first);
  if (command) static_cast<void>(rtmp::app_of(*command));
  if (command) static_cast<void>(rtmp::write_command(rtmp::connect_result(*command)));
  return 0;
}
