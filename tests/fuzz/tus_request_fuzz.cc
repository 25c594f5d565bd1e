// Lines of header values, in the order of the fields below. Invariant: an accepted plan never goes
// backwards, never beyond the limit, and never beyond the declared length.
#include <array>

#include "core/assert.h"
#include "media/upload/append_plan.h"
#include "media/upload/tus_request.h"

namespace millrace::media::upload {
namespace {

constexpr uint64_t kSizeMax = 1'000'000;

void run(std::string_view input) {
  std::array<std::string_view, 8> lines;
  for (std::string_view& line : lines) {
    const size_t end = input.find('\n');
    line = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  }
  const TusFields fields{.resumable = lines[0],
                         .content_type = lines[1],
                         .length = lines[2],
                         .defer_length = lines[3],
                         .offset = lines[4],
                         .metadata = lines[5],
                         .checksum = lines[6],
                         .concat = lines[7],
                         .content_length = lines[0].size(),
                         .has_body = !lines[1].empty()};
  static_cast<void>(check_version(fields));
  const auto creation = parse_creation(fields, kSizeMax);
  const auto append = parse_append(fields);
  if (creation)
    MR_ASSERT(creation->length.value_or(1) >= 1 && creation->length.value_or(1) <= kSizeMax);
  if (!creation || !append) return;
  const catalogue::UploadRecord upload{.length = creation->length};
  const auto plan = plan_append({upload, lines[7].size()}, *append, kSizeMax);
  if (!plan) return;
  MR_ASSERT(plan->offset == lines[7].size() && plan->offset == append->offset);
  MR_ASSERT(plan->offset + plan->body_size_max <= plan->length.value_or(kSizeMax) ||
        plan->body_size_max == 0);
  MR_ASSERT(append->content_length.value_or(0) <= plan->body_size_max);
}

}  // namespace
}  // namespace millrace::media::upload

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::media::upload::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
