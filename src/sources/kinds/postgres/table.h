// A captured table: its columns as the stream describes them, its primary key, and the topic that
// its events go to.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/schema.h"
#include "sources/kinds/postgres/events/value_form.h"

namespace daybook::sources::postgres {

struct TableName {
  std::string schema;
  std::string table;
  std::string text() const { return schema + "." + table; }
  friend auto operator<=>(const TableName&, const TableName&) = default;
};

struct TableColumn {
  std::string name;
  std::uint32_t type = 0;      // object id; of the base type, for a domain
  std::int32_t modifier = -1;  // likewise
  ColumnType as;               // how its values appear in an event
};

// A column of the primary key, with what the server needs to compare and order its values.
struct KeyColumn {
  std::size_t column = 0;  // index into Table::columns
  std::string sql_type;    // as in a cast
  std::string collation;   // quoted; empty if the type has none
};

struct Table {
  TableName name;
  std::string topic;
  std::int32_t partitions = 1;
  std::vector<TableColumn> columns;
  std::vector<KeyColumn> key;  // in the order of the primary key; never empty
  std::uint32_t id = 0;        // object id: stays when the table is renamed
};

client::Schema schema_of(const Table& table);

std::string quote_name(std::string_view name);  // "name"
std::string quote_text(std::string_view text);  // 'text'
std::string quoted(const TableName& name);      // "schema"."table"

}  // namespace daybook::sources::postgres
