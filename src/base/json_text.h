// JSON written by hand into a growing text, without building a document; and how deep a text of it
// goes, without reading it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace daybook {

// "text" with its quotes, escaped. The text is UTF-8.
void append_json_text(std::string_view text, std::string& out);

void append_number(std::int64_t number, std::string& out);
void append_number(std::uint64_t number, std::string& out);

// Levels of arrays and objects within each other. Libraries call themselves for each, and megabytes
// of brackets, which anybody can send, would end the process for want of stack.
inline constexpr std::size_t kMaxJsonLevels = 1'000;
bool has_too_many_levels(std::string_view json);

}  // namespace daybook
