// A fragment that parse_fragment accepts can be written again and reads the same; its sizes are
// those of the bytes given.
#include <cstdint>
#include <span>
#include <vector>

#include "core/assert.h"
#include "media/fmp4/fragment.h"
#include "media/fmp4/sample_table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace fmp4 = millrace::media::fmp4;
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto fragment = fmp4::parse_fragment(bytes);
  if (!fragment) return 0;

  uint64_t payload_size = 0;
  uint64_t duration = 0;
  for (const fmp4::Sample& sample : fragment->samples) {
    MR_ASSERT(sample.size > 0 && sample.duration > 0);
    payload_size += sample.size;
    duration += sample.duration;
  }
  MR_ASSERT(fragment->head_size + payload_size == size);
  MR_ASSERT(fragment->duration == duration);
  MR_ASSERT(fragment->end_time() > fragment->decode_time);

  std::vector<std::byte> again;
  fmp4::append_fragment_head(again,
                             {.sequence = fragment->sequence, .decode_time = fragment->decode_time},
                             fragment->samples);
  const auto payload = bytes.subspan(fragment->head_size);
  again.insert(again.end(), payload.begin(), payload.end());
  const auto reread = fmp4::parse_fragment(again);
  MR_ASSERT(reread && reread->samples == fragment->samples);
  MR_ASSERT(reread->decode_time == fragment->decode_time);

  fmp4::SampleTable table;
  if (table.append(*fragment, fragment->head_size)) MR_ASSERT(table.media_size() == payload_size);
  return 0;
}
