// Whether a read may wait for the disk. Threads that many wait for, those that serve connections,
// read from memory alone, and leave what is not there to others.

#pragma once

namespace daybook::io {

enum class Patience : bool { kNone, kDisk };

}  // namespace daybook::io
