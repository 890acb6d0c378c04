// The environment, passed in, and its use in texts: ${NAME} and ${NAME:-default}.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::app {

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The process's own.
Environment process_environment();

// Replaces each ${NAME} by the variable's value (an error if it is not set) and each
// ${NAME:-default} by its value or, if it is unset or empty, by `default`, which is taken as it
// stands. $${ is a literal ${. What is put in is not expanded again.
Result<std::string> expand(std::string_view text, const Environment& environment);

}  // namespace daybook::app
