// A topic's schema, as the log or the application file has it, as the columns that SQL reads.

#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "client/log_client.h"
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

// A topic's columns, or what they wait for: the topic itself, its first event, or its schema.
struct FoundSchema {
  bool has_topic = false;
  std::optional<client::Schema> schema;
  std::string waiting_for;
  bool has_events = false;  // without a schema, as far as was looked
};

// `declared` is used instead of a published one.
Result<FoundSchema> find_input_schema(client::LogClient& log, const std::string& topic,
                                      const std::optional<client::Schema>& declared);

}  // namespace daybook::flow
