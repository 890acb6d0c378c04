// Asserts for our own bugs. They stay on in release builds and end the process with file, line and
// reason: going on with a broken invariant could acknowledge what is not stored. Input from outside
// never reaches one: that is what Result is for.

#pragma once

namespace daybook {

[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const char* reason);

}  // namespace daybook

#define DAYBOOK_CHECK(condition, reason)               \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::daybook::check_failed(__FILE__, __LINE__, #condition, reason))
