// The processor of kind `sql`: each event by itself, through the statements that the user's SELECT
// is made of (sql/rows/row_plan.h), to the records that its rows make (flow/row_record.h). What
// comes of an event depends on that event alone, so the output of a partition is the same however
// batches are cut and whatever crashes.
//
// An event whose rows cannot all become records is rejected whole.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/schema.h"
#include "flow/lookup/bound_lookups.h"
#include "flow/processor_spec.h"
#include "flow/transform.h"
#include "sql/rows/row_plan.h"

namespace daybook::flow {

// How the SQL sees the inputs; `schemas` are theirs, or none are known.
std::vector<sql::RowInput> row_inputs(const ProcessorSpec& spec,
                                      const std::vector<client::Schema>& schemas);

// `schemas`: of each input.
Result<std::unique_ptr<Transform>> make_sql_transform(const ProcessorSpec& spec,
                                                      const std::vector<client::Schema>& schemas,
                                                      BoundLookups lookups);

}  // namespace daybook::flow
