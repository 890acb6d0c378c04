// "Did you mean ...?": the known name that a misspelt one was most likely meant to be.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace daybook {

// The candidate with the fewest edits (insert, delete, replace, swap of neighbours; case ignored)
// to `name`, or nothing if even that one needs more than a third of its letters changed. Names
// longer than 64 bytes are not compared.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

// " (did you mean \"x\"?)", or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace daybook
