// A processor's lookups with the columns that their rows have now, for its SQL.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "flow/lookup/lookup_table.h"
#include "flow/processor_spec.h"
#include "sql/input.h"
#include "sql/rows/row_lookup.h"

namespace daybook::flow {

struct BoundLookups {
  std::vector<sql::RowLookup> rows;
  std::vector<sql::FindRows> find;
};

// Without tables: of the columns that are declared, and without rows. Where columns are not known,
// the lookup has none. `tables` outlive what is returned.
Result<BoundLookups> bind_lookups(const ProcessorSpec& spec, const LookupTables& tables);

// kInvalid, naming it, if a column of the input has the name of a lookup.
Status check_lookup_names(const ProcessorSpec& spec, const sql::InputSchema& schema);

}  // namespace daybook::flow
