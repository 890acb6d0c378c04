// What a processor computes, made by what its spec asks for; and the checks of it that need no log.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "flow/lookup/lookup_table.h"
#include "flow/processor_spec.h"
#include "flow/transform.h"

namespace daybook::flow {

// A MakeTransform, for processors without lookups.
Result<std::unique_ptr<Transform>> make_transform(client::LogClient& log, const ProcessorSpec& spec,
                                                  const std::vector<client::Schema>& schemas);

// One whose lookups are found in `tables`, which outlive it and what it makes.
MakeTransform make_transform_with(LookupTables tables);

// All that can be said against it without a log, and more if the columns of all inputs are
// declared. The messages are whole sentences.
std::vector<std::string> check_processor(const ProcessorSpec& spec);

// The columns of its outputs, if those of all inputs are declared and nothing is wrong; none if it
// makes the value whole.
std::optional<std::vector<client::Column>> output_columns(const ProcessorSpec& spec);

}  // namespace daybook::flow
