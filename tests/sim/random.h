// Where everything that a simulation leaves to chance comes from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace::sim {

/// The same numbers for the same seed, on every machine. Source: Steele, Lea, Flood, "Fast
/// Splittable Pseudorandom Number Generators", 2014.
class Random {
 public:
  explicit Random(uint64_t seed) noexcept : state_(seed) {}

  uint64_t next() noexcept {
    uint64_t mixed = state_ += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  size_t below(size_t limit) noexcept { return next() % limit; }
  /// Both ends included.
  size_t between(size_t first, size_t last) noexcept { return first + below(last - first + 1); }
  bool chance(unsigned permille) noexcept { return permille > 0 && below(1000) < permille; }
  template <class T, size_t N>
  const T& pick(const T (&choices)[N]) noexcept {
    return choices[below(N)];
  }
  /// 1 … most, small numbers as likely as large ones: a transfer's size in bytes.
  size_t some_of(size_t most) noexcept {
    switch (below(3)) {
      case 0:
        return 1;
      case 1:
        return between(1, most < 64 ? most : 64);
      default:
        return between(1, most);
    }
  }

 private:
  uint64_t state_;
};

}  // namespace millrace::sim
