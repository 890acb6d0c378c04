#include "views/kinds/table/distinct_sketch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>

namespace daybook::views::table {
namespace {

constexpr char kSparse = 's';
constexpr char kDense = 'd';
constexpr char kNoRank = '0';
constexpr int kIndexBits = 12;
constexpr std::size_t kRegisters = std::size_t{1} << kIndexBits;
constexpr int kRankBits = 64 - kIndexBits;
constexpr int kMaxRank = kRankBits + 1;
constexpr std::size_t kHashDigits = 16;

using HashText = std::array<char, kHashDigits>;

HashText text_of(std::uint64_t hash) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  HashText text;
  for (std::size_t i = kHashDigits; i-- > 0; hash >>= 4) text[i] = kDigits[hash & 0xF];
  return text;
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0;
  std::from_chars(text.data(), text.data() + text.size(), hash, 16);
  return hash;
}

std::size_t hash_count(std::string_view sparse) {
  return (sparse.size() - 1) / kHashDigits;
}

std::string_view hash_at(std::string_view sparse, std::size_t index) {
  return sparse.substr(1 + index * kHashDigits, kHashDigits);
}

bool is_sparse_sketch(std::string_view sketch) {
  if ((sketch.size() - 1) % kHashDigits != 0 || hash_count(sketch) > kSparseHashes) return false;
  const bool has_digits = std::ranges::all_of(
      sketch.substr(1), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  for (std::size_t i = 1; i < hash_count(sketch); ++i) {
    if (hash_at(sketch, i - 1) >= hash_at(sketch, i)) return false;
  }
  return has_digits;
}

void raise_register(std::string& dense, std::uint64_t hash) {
  const auto index = static_cast<std::size_t>(hash >> kRankBits);
  const auto rank = std::min(std::countl_zero(hash << kIndexBits) + 1, kMaxRank);
  auto& found = dense[1 + index];
  found = std::max(found, static_cast<char>(kNoRank + rank));
}

void make_dense(std::string& sketch) {
  std::string dense(1 + kRegisters, kNoRank);
  dense[0] = kDense;
  for (std::size_t i = 0; i < hash_count(sketch); ++i) {
    raise_register(dense, hash_of(hash_at(sketch, i)));
  }
  sketch = std::move(dense);
}

// The estimate is O. Ertl's ("New cardinality estimation algorithms for HyperLogLog sketches",
// 2017, algorithm 6): it needs no tables, and has no bias for few values nor for many.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double y = 1;
  double z = x;
  while (true) {
    x *= x;
    const double before = z;
    z += x * y;
    y += y;
    if (z == before) return z;
  }
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1;
  double z = 1 - x;
  while (true) {
    x = std::sqrt(x);
    const double before = z;
    y /= 2;
    z -= (1 - x) * (1 - x) * y;
    if (z == before) return z / 3;
  }
}

double dense_estimate(std::string_view dense) {
  std::array<double, kMaxRank + 1> counts{};
  for (const char c : dense.substr(1)) ++counts[static_cast<std::size_t>(c - kNoRank)];
  constexpr auto kCount = static_cast<double>(kRegisters);
  double z = kCount * tau(1 - counts[kMaxRank] / kCount);
  for (std::size_t rank = kRankBits; rank >= 1; --rank) z = (z + counts[rank]) / 2;
  z += kCount * sigma(counts[0] / kCount);
  return kCount * kCount / (2 * std::numbers::ln2 * z);
}

}  // namespace

std::string empty_sketch() {
  return {kSparse};
}

bool is_sketch(std::string_view sketch) {
  if (sketch.starts_with(kSparse)) return is_sparse_sketch(sketch);
  return sketch.starts_with(kDense) && sketch.size() == 1 + kRegisters &&
         std::ranges::all_of(sketch.substr(1),
                             [](char c) { return c >= kNoRank && c <= kNoRank + kMaxRank; });
}

void add_hash(std::string& sketch, std::uint64_t hash) {
  if (sketch[0] == kDense) return raise_register(sketch, hash);
  const auto text = text_of(hash);
  const std::string_view wanted(text.data(), text.size());
  std::size_t low = 0;
  std::size_t high = hash_count(sketch);
  while (low < high) {
    const auto middle = (low + high) / 2;
    if (hash_at(sketch, middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low < hash_count(sketch) && hash_at(sketch, low) == wanted) return;
  if (hash_count(sketch) == kSparseHashes) {
    make_dense(sketch);
    return raise_register(sketch, hash);
  }
  sketch.insert(1 + low * kHashDigits, wanted);
}

std::int64_t estimate(std::string_view sketch) {
  if (sketch[0] == kSparse) return static_cast<std::int64_t>(hash_count(sketch));
  constexpr double kMost = 9e18;  // below what whole numbers of 64 bits hold
  return std::llround(std::min(dense_estimate(sketch), kMost));
}

}  // namespace daybook::views::table
