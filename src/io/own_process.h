// What a program does about itself that ChildProcess has started to work for its parent: it takes
// no more of the machine than its share, and speaks over its standard input and output.
//
// One thread, before there are others.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::io {

// The sanitizers hold more memory than any share, so that under them memory is not bounded.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kBoundsOwnMemory = false;
#else
inline constexpr bool kBoundsOwnMemory = true;
#endif

struct OwnLimits {
  std::size_t memory_bytes = 0;  // that it may write to: heap, stacks and data
  int niceness = 0;              // 19 gives way to everybody
};

// Bounds this process for good. Beyond its memory, allocations fail. When the system is short of
// memory it is the first to be ended; if it crashes, it leaves no core file.
Status limit_own_process(const OwnLimits& limits);

// What counts against OwnLimits::memory_bytes now, and what has been freed and not given back.
Result<std::size_t> own_memory_bytes();

// Exactly so many bytes of standard input; waits for them. kUnavailable at its end.
Result<std::string> read_input(std::size_t size_bytes);
// All of it to standard output; waits until it is taken. kUnavailable if nobody reads it any more.
Status write_output(std::string_view bytes);

}  // namespace daybook::io
