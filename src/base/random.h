// Repeatable randomness for tests and simulations: the same seed gives the same sequence on every
// machine and compiler, which the standard library's distributions do not promise. SplitMix64, by
// Sebastiano Vigna (public domain reference: https://prng.di.unimi.it/splitmix64.c). Not for
// secrets.

#pragma once

#include <cstdint>

namespace daybook {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 to bound - 1; `bound` is not 0. Not exactly even for large bounds, which tests do not need.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  // True with a probability of `percent` in a hundred.
  bool percent(std::uint64_t percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

}  // namespace daybook
