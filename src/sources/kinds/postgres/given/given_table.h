// A captured table as an application file describes it for its tests, where there is no database to
// ask: each column's type as PostgreSQL names it, and which columns are the primary key.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sources/kinds/postgres/table.h"

namespace daybook::sources::postgres {

struct GivenTable {
  Table table;
  std::vector<std::string> types;  // of each column, as written
};

// `columns` are written {id: bigint primary key, amount: "numeric(14,2)"}. kInvalid: an unknown
// type, or no primary key.
Result<GivenTable> given_table(const TableName& name, const std::string& topic,
                               const std::vector<std::pair<std::string, std::string>>& columns,
                               DecimalForm decimals);

}  // namespace daybook::sources::postgres
