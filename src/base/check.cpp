#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace daybook {

void check_failed(const char* file, int line, const char* condition, const char* reason) {
  std::fprintf(stderr, "daybook: bug at %s:%d: %s (%s)\n", file, line, reason, condition);
  std::abort();
}

}  // namespace daybook
