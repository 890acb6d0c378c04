#include "base/siphash.h"

#include <bit>
#include <cstring>

namespace daybook {
namespace {

constexpr int kRoundsPerWord = 2;
constexpr int kLastRounds = 4;
constexpr std::size_t kWordBytes = 8;

std::uint64_t load_le(const std::byte* from) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word = 0;
  std::memcpy(&word, from, kWordBytes);
  return word;
}

struct State {
  std::uint64_t v0, v1, v2, v3;

  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0 += v1;
      v1 = std::rotl(v1, 13) ^ v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  }
  void take(std::uint64_t word) {
    v3 ^= word;
    rounds(kRoundsPerWord);
    v0 ^= word;
  }
  std::uint64_t folded() const { return v0 ^ v1 ^ v2 ^ v3; }
};

}  // namespace

Hash128 siphash128(const SipKey& key, BytesView input) {
  State state{key.first ^ 0x736f6d6570736575, key.second ^ 0x646f72616e646f6d ^ 0xee,
              key.first ^ 0x6c7967656e657261, key.second ^ 0x7465646279746573};
  std::size_t at = 0;
  for (; at + kWordBytes <= input.size(); at += kWordBytes) state.take(load_le(input.data() + at));
  std::uint64_t last = static_cast<std::uint64_t>(input.size()) << 56;
  for (std::size_t i = 0; at + i < input.size(); ++i) {
    last |= std::to_integer<std::uint64_t>(input[at + i]) << (8 * i);
  }
  state.take(last);
  state.v2 ^= 0xee;
  state.rounds(kLastRounds);
  const std::uint64_t first = state.folded();
  state.v1 ^= 0xdd;
  state.rounds(kLastRounds);
  return {first, state.folded()};
}

}  // namespace daybook
