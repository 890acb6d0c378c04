// What a user types into a search, as an FTS5 expression: words that must all be there, "phrases"
// in quotes, begin* of words, and -words that must not. It cannot be a syntax error.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace daybook::views::search {

inline constexpr std::size_t kMaxQueryBytes = 2'000;
inline constexpr std::size_t kMaxTerms = 64;

// `fields`: the columns to look in; all if empty. kInvalid: there is nothing to look for, or it is
// too long.
Result<std::string> match_expression(std::string_view text, const std::vector<std::string>& fields);

}  // namespace daybook::views::search
