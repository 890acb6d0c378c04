// SipHash-2-4 with 128 bits of output, by Jean-Philippe Aumasson and Daniel J. Bernstein: a hash
// under a secret key. Who does not know the key cannot find two inputs with the same hash, and
// chance gives them with a probability of about n² / 2^129 among n inputs.
//
// Any thread.

#pragma once

#include <compare>
#include <cstdint>

#include "base/bytes.h"

namespace daybook {

struct Hash128 {
  std::uint64_t first = 0;  // of the 16 bytes, read as little-endian
  std::uint64_t second = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

struct SipKey {
  std::uint64_t first = 0;  // of the 16 bytes, read as little-endian
  std::uint64_t second = 0;
};

Hash128 siphash128(const SipKey& key, BytesView input);

}  // namespace daybook
