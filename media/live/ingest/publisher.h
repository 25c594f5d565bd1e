// What every way of publishing (RTMP, SRT, HTTP) does with the bytes of its encoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/cancellation.h"
#include "core/result.h"
#include "core/task.h"

namespace millrace::media::live {

/// The format in which a publisher's bytes come; the worker takes it apart.
enum class IngestContainer : uint8_t { kFlv, kMpegTs, kFmp4 };

struct PublishRequest {
  /// The secret that the publisher was given, as it sent it: any bytes, never in a log. Log it
  /// nowhere, not even when it is wrong; core::log hides the value of a field named `key`.
  std::string key;
  IngestContainer container = IngestContainer::kFlv;
  std::string protocol;  ///< "rtmp", "srt", "http": for people.
  std::string peer;      ///< Numeric address without a port; "" when it cannot be told.
};

/// Takes the bytes of one publisher, in its container from the first byte on, cut anywhere.
/// Destroying it without `finish` says that the connection was lost: the stream waits for another.
/// Used on the core that admitted it, one call at a time, and destroyed between calls.
class IngestFeed {
 public:
  virtual ~IngestFeed() = default;
  /// Waits while the worker has enough to do: the publisher meets back-pressure. `bytes` stay as
  /// they are until it is done. Errors, for good: kClosed (the stream was taken over by another
  /// publisher, or has ended), the reason of `stop`.
  virtual core::Task<core::Result<>> write(std::span<const std::byte> bytes,
                                           core::Cancellation& stop) = 0;
  /// An orderly end: the encoder said that it has finished. Nothing is written after it;
  /// it ends soon, since nothing can call it off.
  virtual core::Task<void> finish() = 0;
};

/// Decides who may publish. On every core; outlives the servers that ask it.
class PublishDesk {
 public:
  virtual ~PublishDesk() = default;
  /// Errors: kNotFound (no such key, or expired), kConflict (a publisher that is alive uses it),
  /// kOverloaded (a limit), kUnsupported (that container for this key), the reason of `stop`.
  virtual core::Task<core::Result<std::unique_ptr<IngestFeed>>> admit(PublishRequest request,
                                                                      core::Cancellation& stop) = 0;
};

}  // namespace millrace::media::live
