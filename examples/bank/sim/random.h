// The simulated bank's dice. Each operation has its own, made from the seed and the operation's
// number, so a run that was stopped goes on exactly as it would have gone: nothing depends on how
// many throws came before. Integers only: the same on every machine and compiler.

#pragma once

#include <cstdint>

namespace bank {

class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(seed) ^ mix(~stream)) {}

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15); }
  // 0 <= result < bound. The bias of the remainder is far below what a simulation can notice.
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
  }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  // Between low and high, small values far more often than large ones.
  std::int64_t skewed(std::int64_t low, std::int64_t high) {
    std::int64_t span = high - low + 1;
    return low + below(below(span) + 1);
  }
  bool chance(int percent) { return below(100) < percent; }

 private:
  // SplitMix64's finalizer (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  std::uint64_t state_;
};

}  // namespace bank
