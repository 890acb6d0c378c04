// How a source names its topics: "bank.{table}" makes bank.customer of public.customer.

#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace daybook::sources {

struct TopicParts {
  std::string_view source;  // {source}
  std::string_view schema;  // {schema}
  std::string_view table;   // {table}
};

// Characters that no topic may hold become '_', as Debezium does. kInvalid: an unknown {name}, a
// brace that is not closed, or a result that cannot name a topic.
Result<std::string> expand_topic(std::string_view pattern, const TopicParts& parts);

}  // namespace daybook::sources
