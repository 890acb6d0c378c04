#include "base/siphash.h"

#include <gtest/gtest.h>

#include <set>

namespace daybook {
namespace {

// The authors' vectors: the key is 00 01 .. 0f, the input 00 01 .. of each length.
TEST(SipHash, GivesTheAuthorsVectors) {
  const SipKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  EXPECT_EQ(siphash128(key, {}), (Hash128{0xe6a825ba047f81a3, 0x930255c71472f66d}));
  const Bytes one{std::byte{0}};
  EXPECT_EQ(siphash128(key, one), (Hash128{0x44af996bd8c187da, 0x45fc229b11597634}));
}

TEST(SipHash, EveryByteAndTheKeyMatter) {
  std::set<Hash128> hashes;
  Bytes input(40);
  for (std::size_t size = 0; size <= input.size(); ++size) {
    hashes.insert(siphash128({1, 2}, BytesView(input).first(size)));
  }
  for (std::byte& byte : input) {
    byte = std::byte{1};
    hashes.insert(siphash128({1, 2}, input));
    byte = std::byte{0};
  }
  hashes.insert(siphash128({1, 3}, input));
  hashes.insert(siphash128({2, 2}, input));
  EXPECT_EQ(hashes.size(), 41u + 40u + 2u);
}

}  // namespace
}  // namespace daybook
