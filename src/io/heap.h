// The heap of the process. The C library keeps what is freed for whoever asks next, in pools of
// several threads; after a burst, such as the catching up of many views, that is most of what the
// process holds, and nobody asks. Threads: any.

#pragma once

#include <cstddef>

namespace daybook::io {

// Gives what is free back to the system, if it is more than `kept_bytes`: some milliseconds, in
// which others may wait for memory. True if it did.
bool return_free_memory(std::size_t kept_bytes);

}  // namespace daybook::io
