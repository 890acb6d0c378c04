// JSON written by hand into a growing text, without building a document.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook {

// "text" with its quotes, escaped. The text is UTF-8.
void append_json_text(std::string_view text, std::string& out);

void append_number(std::int64_t number, std::string& out);
void append_number(std::uint64_t number, std::string& out);

}  // namespace daybook
