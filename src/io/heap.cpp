#include "io/heap.h"

#include <malloc.h>

namespace daybook::io {

bool return_free_memory(std::size_t kept_bytes) {
#ifdef __GLIBC__
  if (::mallinfo2().fordblks <= kept_bytes) return false;
  ::malloc_trim(0);
  return true;
#else
  static_cast<void>(kept_bytes);
  return false;
#endif
}

}  // namespace daybook::io
