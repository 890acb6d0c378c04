#include "sources/kinds/postgres/protocol/copy_line.h"

#include <fmt/format.h>

namespace daybook::sources::postgres {
namespace {

// What stands for a byte after a backslash; COPY writes no octal or hexadecimal escapes.
char unescaped(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return letter;
  }
}

}  // namespace

Status parse_copy_line(std::string_view line, std::size_t columns, std::string& memory,
                       Tuple& row) {
  memory.resize(line.size());  // no field is longer than it was escaped, so views stay valid
  row.clear();
  char* out = memory.data();
  std::size_t at = 0;
  while (true) {
    const char* const begin = out;
    const bool is_null =
        line.substr(at, 2) == "\\N" && (at + 2 == line.size() || line[at + 2] == '\t');
    while (at < line.size() && line[at] != '\t') {
      if (line[at] == '\\' && at + 1 < line.size())
        ++at, *out++ = unescaped(line[at]);
      else
        *out++ = line[at];
      ++at;
    }
    if (is_null) {
      row.push_back({FieldKind::kNull, {}});
    } else {
      row.push_back({FieldKind::kText, {begin, static_cast<std::size_t>(out - begin)}});
    }
    if (at == line.size()) break;
    ++at;
  }
  if (row.size() == columns) return {};
  return fail(ErrorCode::kCorrupt,
              fmt::format("a row of COPY has {} fields; {} were asked for", row.size(), columns));
}

}  // namespace daybook::sources::postgres
