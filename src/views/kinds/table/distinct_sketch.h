// About how many different values a group has had, in 4 KiB whatever their number: a HyperLogLog
// over hashes of 64 bits (P. Flajolet and others, "HyperLogLog: the analysis of a near-optimal
// cardinality estimation algorithm", 2007), which is exact while the values are few.
//
// The sketch is text, as it is stored:
//   s, then 16 hexadecimal digits for each hash, ascending       up to kSparseHashes of them
//   d, then a character for each of 2^12 registers: '0' + rank   beyond
// The first 12 bits of a hash choose the register; the rank is one more than the zeros at the
// beginning of the rest, and a register has the largest that it met, or 0.
//
// Invariant: the sketch is a function of the set of hashes alone, whatever order they came in, how
// often, and in which parts; so is the estimate. It has a standard error of 1.6%, and is the number
// of hashes while there are no more than kSparseHashes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::views::table {

inline constexpr std::size_t kSparseHashes = 256;

std::string empty_sketch();

// Whether it is text that these functions make.
bool is_sketch(std::string_view sketch);

// The sketch must be one.
void add_hash(std::string& sketch, std::uint64_t hash);
std::int64_t estimate(std::string_view sketch);

}  // namespace daybook::views::table
