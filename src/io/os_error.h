// What the operating system answered, as an Error that says what was attempted on which path.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::io {

// The Error of a call that failed with `number` (an errno): kNoSpace for a full disk or quota,
// kNotFound, kAlreadyExists, and kIo for everything else.
Error os_error(int number, std::string_view attempted, const std::string& path);

}  // namespace daybook::io
