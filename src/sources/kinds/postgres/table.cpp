#include "sources/kinds/postgres/table.h"

namespace daybook::sources::postgres {
namespace {

std::string quote(std::string_view text, char mark) {
  std::string result(1, mark);
  for (const char c : text) {
    if (c == mark) result += mark;
    result += c;
  }
  return result + mark;
}

}  // namespace

client::Schema schema_of(const Table& table) {
  client::Schema schema{client::Envelope::kDebezium, {}};
  for (const auto& column : table.columns) {
    schema.columns.push_back({column.name, column.as.sql_type, false});
  }
  for (const auto& key : table.key) schema.columns[key.column].is_key = true;
  return schema;
}

std::string quote_name(std::string_view name) {
  return quote(name, '"');
}

std::string quote_text(std::string_view text) {
  // Backslashes mean themselves: every connection sets standard_conforming_strings.
  return quote(text, '\'');
}

std::string quoted(const TableName& name) {
  return quote_name(name.schema) + "." + quote_name(name.table);
}

}  // namespace daybook::sources::postgres
