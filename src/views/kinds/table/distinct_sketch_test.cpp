#include "views/kinds/table/distinct_sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace daybook::views::table {
namespace {

std::vector<std::uint64_t> random_hashes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> hashes(count);
  std::ranges::generate(hashes, [&] { return random(); });
  return hashes;
}

std::string sketch_of(const std::vector<std::uint64_t>& hashes) {
  auto sketch = empty_sketch();
  for (const auto hash : hashes) add_hash(sketch, hash);
  return sketch;
}

TEST(DistinctSketch, IsExactWhileTheValuesAreFew) {
  auto sketch = empty_sketch();
  EXPECT_EQ(estimate(sketch), 0);
  std::int64_t count = 0;
  for (const auto hash : random_hashes(kSparseHashes, 1)) {
    add_hash(sketch, hash);
    add_hash(sketch, hash);
    EXPECT_EQ(estimate(sketch), ++count);
  }
  for (const std::uint64_t hash : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1}}) {
    auto edges = empty_sketch();
    add_hash(edges, hash);
    add_hash(edges, hash);
    EXPECT_EQ(estimate(edges), 1);
  }
}

TEST(DistinctSketch, IsOfTheSetOfHashesAloneWhateverTheirOrder) {
  std::mt19937_64 random(7);
  for (const std::size_t count : {3UL, kSparseHashes, kSparseHashes + 1, 900UL, 20'000UL}) {
    auto hashes = random_hashes(count, count);
    const auto sketch = sketch_of(hashes);
    hashes.insert(hashes.end(), hashes.begin(), hashes.begin() + static_cast<long>(count / 2));
    std::ranges::shuffle(hashes, random);
    EXPECT_EQ(sketch_of(hashes), sketch) << count;
    EXPECT_TRUE(is_sketch(sketch));
    EXPECT_LE(sketch.size(), 4097U);
  }
}

// The bound that docs/app-file.md states: a standard error of 1.6%, so that of a thousand estimates
// three or so are off by more than three times that, and none by more than five times.
TEST(DistinctSketch, HasTheErrorThatIsStated) {
  constexpr double kStandardError = 0.01625;
  constexpr int kSeeds = 200;
  for (const std::size_t count : {257UL, 1'000UL, 5'000UL, 10'000UL, 40'000UL}) {
    double squares = 0;
    double sum = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const auto found = static_cast<double>(estimate(sketch_of(random_hashes(count, seed))));
      const auto error = found / static_cast<double>(count) - 1;
      EXPECT_LT(std::abs(error), 5 * kStandardError) << count << " seed " << seed;
      squares += error * error;
      sum += error;
    }
    EXPECT_LT(std::sqrt(squares / kSeeds), 1.15 * kStandardError) << count;
    EXPECT_LT(std::abs(sum / kSeeds), kStandardError / 4) << count;  // it leans to neither side
  }
}

TEST(DistinctSketch, WhatIsNoneIsToldFromOne) {
  const auto sparse = sketch_of({1, 2});
  EXPECT_EQ(sparse, "s00000000000000010000000000000002");
  EXPECT_TRUE(is_sketch("s"));
  const auto dense = sketch_of(random_hashes(1'000, 3));
  EXPECT_TRUE(is_sketch(dense));
  std::string many = "s";
  for (std::size_t i = 0; i <= kSparseHashes; ++i) {
    many += "0000000000000" + std::to_string(100 + i);
  }
  EXPECT_TRUE(is_sketch(many.substr(0, many.size() - 16)));
  for (const auto& text :
       {std::string(), std::string("d"), std::string("x"), std::string("s0"), many,
        std::string("s00000000000000020000000000000001"),
        std::string("s00000000000000010000000000000001"), std::string("s000000000000000G"),
        dense.substr(1), dense + "0", "d" + std::string(4096, '/'), "d" + std::string(4096, 'f')}) {
    EXPECT_FALSE(is_sketch(text)) << text.substr(0, 40);
  }
  // As many as there can be, and more than there are.
  EXPECT_GT(estimate("d" + std::string(4096, 'e')), 1'000'000'000'000'000'000);
}

}  // namespace
}  // namespace daybook::views::table
