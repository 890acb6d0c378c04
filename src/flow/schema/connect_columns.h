// The columns of a captured row as Kafka Connect's JSON converter describes them beside a change
// (schemas.enable): by Connect's types, Connect's logical types and Debezium's.

#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "client/schema.h"

namespace daybook::flow {

// Of the "schema" of a change: the fields of its row. None if it is no such schema.
std::vector<client::Column> connect_columns(const nlohmann::json& schema);

// The column that holds the values of both, if two events describe it differently.
client::Column wider(const client::Column& one, const client::Column& other);

}  // namespace daybook::flow
