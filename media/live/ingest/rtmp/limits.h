// What one publisher may make this server hold or wait for.
#pragma once

#include <chrono>
#include <cstddef>

namespace millrace::media::rtmp {

struct RtmpLimits {
  /// Of one that publishes. 8 MiB: one key frame of 4K at 60 Mbit/s, sixteen times over.
  size_t message_bytes_max = size_t{8} << 20;
  /// Of one that was not let in yet: a connect command with all that Flash put into it has 1 KiB.
  size_t command_bytes_max = 16 * 1024;
  /// A key of ours has 11 to 64 characters; those of other servers carry a query with a signature.
  size_t key_bytes_max = 1024;

  /// From accept to a stream that is published: three round trips and a person's patience.
  std::chrono::milliseconds publish_timeout{10'000};
  /// An encoder that has sent no sound and no picture for this long is gone: three times the key
  /// frame distance of the slowest still picture, and less than viewers are made to wait.
  std::chrono::milliseconds idle_timeout{15'000};
  /// A peer that does not take our answers within this is cut off.
  std::chrono::milliseconds send_timeout{5'000};
  /// How long a refused client is given to read why.
  std::chrono::milliseconds linger_timeout{2'000};

  /// Per core. A connection costs a few KiB until it publishes; the desk limits publishers.
  size_t connection_count_max = 1000;
  /// Per core and client address: a truck of cameras behind one address.
  size_t connection_count_max_per_address = 64;
};

}  // namespace millrace::media::rtmp
