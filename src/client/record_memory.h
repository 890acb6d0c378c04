// How a bound on the memory of many records becomes bounds on what can be counted: of small ones
// most is not their bytes, but what the client library and the decoder keep beside each. So half of
// it is for the bytes, and half bounds how many records there are.

#pragma once

#include <cstddef>

namespace daybook::client {

inline constexpr std::size_t kRecordOverheadBytes = 350;

struct RecordMemory {
  std::size_t bytes = 0;    // keys and values
  std::size_t records = 0;  // how many
};

constexpr RecordMemory divide_memory(std::size_t bytes) {
  return {.bytes = bytes / 2, .records = bytes / 2 / kRecordOverheadBytes};
}

}  // namespace daybook::client
