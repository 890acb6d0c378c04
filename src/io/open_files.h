// How many files this process may have open. Systems start a process with a soft limit of 1,024 for
// the sake of old programs that use select(); a log with many partitions needs more, and may take
// what the hard limit allows.

#pragma once

#include <cstdint>

namespace daybook::io {

// Raises the soft limit to the hard one, for the whole process, and returns what holds now.
std::uint64_t raise_open_file_limit();

}  // namespace daybook::io
