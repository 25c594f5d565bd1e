// OpenSSL's random numbers, by a seed.
#pragma once

#include <cstdint>

namespace millrace::sim {

/// From now on OpenSSL draws from `seed`, so that keys and signatures come out the same.
void seed_openssl(uint64_t seed) noexcept;

}  // namespace millrace::sim
