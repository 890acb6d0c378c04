// A topic's schema, as the log or the application file has it, as the columns that SQL reads.

#pragma once

#include <string>

#include "base/result.h"
#include "client/schema.h"
#include "sql/input.h"

namespace daybook::flow {

// What is done with a type that SQL columns cannot have (a list, a point, bytea).
enum class UnknownTypes : std::uint8_t {
  kRefuse,  // what a user declares
  kAsText,  // what a source publishes: the value's JSON text, so that the other columns can be used
};

// kInvalid, naming the column, for an unknown type and for a name that is taken (_key, _offset, …)
// or there twice.
Result<sql::InputSchema> to_input_schema(const std::string& topic, const client::Schema& schema,
                                         UnknownTypes unknown);

}  // namespace daybook::flow
