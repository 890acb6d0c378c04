// What a view answers: rows, and the position that they are exactly the result of. Rows and
// position are read in one transaction.

#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "client/log_client.h"

namespace daybook::views {

// NULL, a whole number (also BOOLEAN, as 0 and 1), a DOUBLE, or text. DECIMAL is text with every
// digit, as are whole numbers beyond 64 bits; timestamps and dates are ISO 8601 text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

// What it takes of an answer's memory.
inline std::size_t size_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return sizeof(Value) + (text == nullptr ? 0 : text->size());
}

struct ResultColumn {
  std::string name;
  std::string type;  // DuckDB's name; empty for an expression whose type only SQLite knows
  bool is_key = false;
  friend bool operator==(const ResultColumn&, const ResultColumn&) = default;
};

struct Answer {
  std::vector<ResultColumn> columns;
  std::vector<std::vector<Value>> rows;
  bool truncated = false;  // there were more rows than the limit
  int version = 0;         // of the view
  client::Position position;
};

}  // namespace daybook::views
