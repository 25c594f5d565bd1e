#include "tests/sim/steady_random.h"

#include <openssl/rand.h>

#include "tests/sim/random.h"

namespace millrace::sim {
namespace {

Random numbers(0);

int fill(unsigned char* bytes, int size) noexcept {
  for (int i = 0; i < size; ++i) bytes[i] = static_cast<unsigned char>(numbers.next());
  return 1;
}

int be_ready() noexcept { return 1; }

}  // namespace

void seed_openssl(uint64_t seed) noexcept {
  numbers = Random(seed);
// The way without this needs a provider, which for a few lines of a test is too much.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
  static const RAND_METHOD kMethod{.seed = nullptr,
                                   .bytes = &fill,
                                   .cleanup = nullptr,
                                   .add = nullptr,
                                   .pseudorand = &fill,
                                   .status = &be_ready};
  RAND_set_rand_method(&kMethod);
#pragma clang diagnostic pop
}

}  // namespace millrace::sim
