// An encoder that may do anything.
#pragma once

#include <cstddef>
#include <string>

#include "tests/sim/link.h"
#include "tests/sim/network.h"
#include "tests/sim/random.h"

namespace millrace::sim {

/// Says what it has to say without listening, in portions, up to where it has had enough.
class RtmpEncoder {
 public:
  struct Habits {
    enum class Leaving : uint8_t { kClose, kReset, kStay };
    uint32_t address = 0x7f000001;
    Link::Capacity capacity{.to_server = 300'000, .to_client = 300'000};
    unsigned acts = 1000;   ///< In thousandths of the turns.
    unsigned reads = 1000;  ///< As above.
    size_t send_most = SIZE_MAX;
    size_t leaves_at = SIZE_MAX;   ///< After so many bytes.
    size_t garbles_at = SIZE_MAX;  ///< This byte is another.
    Leaving leaving = Leaving::kClose;
    int publications = 1;

    static Habits draw(Random& random);
  };
  RtmpEncoder(Random& random, Network& network, const Habits& habits);

  void act();
  /// Ends, in good order when that is still possible.
  void leave() noexcept;
  /// The bodies of the last publication's messages, one after the other.
  const std::string& media() const noexcept { return media_; }

 private:
  void write_script();

  Random& random_;
  const Habits habits_;
  Link& link_;
  std::string script_;
  std::string media_;
  size_t sent_ = 0;
  bool has_left_ = false;
};

}  // namespace millrace::sim
