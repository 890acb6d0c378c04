// Whole reads and writes, made of calls that may do a part of what they were asked for, as those of
// an operating system do. Here once, so that the file system of the tests, which cuts calls short
// on purpose, runs the same loops as the real one.
//
// After an error any prefix may have been written. Threads: any; nothing is kept between calls.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/check.h"
#include "base/result.h"

namespace daybook::io {

// The kernel accepts 1024 (IOV_MAX); fewer keep the array on the stack small.
inline constexpr std::size_t kMaxPartsPerCall = 128;

// What is still to be written of a list of parts.
class Unwritten {
 public:
  explicit Unwritten(std::span<const BytesView> parts) : parts_(parts) { skip_empty(); }

  bool done() const { return parts_.empty(); }

  // The next parts, as many as fit; returns how many.
  std::size_t fill(std::span<BytesView> into) const {
    const std::size_t n = std::min(into.size(), parts_.size());
    for (std::size_t i = 0; i < n; ++i) into[i] = parts_[i];
    into[0] = parts_[0].subspan(written_of_first_);
    return n;
  }

  void consume(std::size_t bytes) {
    written_of_first_ += bytes;
    skip_empty();
  }

 private:
  void skip_empty() {
    while (!parts_.empty() && written_of_first_ >= parts_[0].size()) {
      written_of_first_ -= parts_[0].size();
      parts_ = parts_.subspan(1);
    }
  }

  std::span<const BytesView> parts_;
  std::size_t written_of_first_ = 0;
};

// Writes all of `parts` at `position`. write_some(position, parts) writes at least one byte and
// returns how many, or fails.
template <class WriteSome>
Status write_whole(std::uint64_t position, std::span<const BytesView> parts, WriteSome write_some) {
  std::array<BytesView, kMaxPartsPerCall> next;
  for (Unwritten rest(parts); !rest.done();) {
    const std::size_t count = rest.fill(next);
    DAYBOOK_TRY(const std::size_t n,
                write_some(position, std::span<const BytesView>(next).first(count)));
    DAYBOOK_CHECK(n > 0, "a write that did nothing must fail");
    position += n;
    rest.consume(n);
  }
  return {};
}

// Reads up to into.size() bytes at `position`; short only at the end. read_some(position, into)
// returns how many it read, 0 at the end, or fails.
template <class ReadSome>
Result<std::size_t> read_whole(std::uint64_t position, MutableBytes into, ReadSome read_some) {
  std::size_t done = 0;
  while (done < into.size()) {
    DAYBOOK_TRY(const std::size_t n, read_some(position + done, into.subspan(done)));
    if (n == 0) break;
    done += n;
  }
  return done;
}

}  // namespace daybook::io
