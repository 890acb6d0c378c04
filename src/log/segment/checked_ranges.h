// Which parts of a segment are known to hold what was written: this process appended them, after
// the CRC of each batch was checked, or has read them and checked it then. What is known need not
// be checked again while it stays in memory. A range begins and ends between two batches.
//
// Kept are the largest kMaxRanges; what is forgotten is checked once more. One thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace daybook::log {

class CheckedRanges {
 public:
  static constexpr std::size_t kMaxRanges = 32;

  // Positions in the segment's file.
  void add(std::uint32_t from, std::uint32_t to);
  // Where the range ends that `position` is in; `position` if it is in none.
  std::uint32_t end_from(std::uint32_t position) const;

 private:
  struct Range {
    std::uint32_t from;
    std::uint32_t to;
  };
  std::vector<Range> ranges_;  // ascending, and never touching each other
};

}  // namespace daybook::log
