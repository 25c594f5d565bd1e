#include "media/worker/report_writer.h"

#include <unistd.h>

namespace millrace::media::worker {

core::Result<> ServerLink::wait(const core::Doorbell& bell) const {
  if (bell.wait(std::chrono::seconds{1}) || ::getppid() == server_) return {};
  return core::fail(core::ErrorCode::kClosed, "the server is gone");
}

core::Result<> ReportWriter::write(UpRecord type,
                                   std::initializer_list<std::span<const std::byte>> parts) {
  size_t size = 0;
  for (const auto part : parts) size += part.size();
  const std::lock_guard lock(mutex_);
  while (true) {
    const auto written = ring_.try_write(static_cast<uint32_t>(type), parts);
    if (!written) return std::unexpected(written.error());
    if (*written) return {};
    if (!ring_.may_sleep_until_room_for(size)) continue;
    if (const auto waited = server_.wait(room_bell_); !waited) return waited;
  }
}

}  // namespace millrace::media::worker
