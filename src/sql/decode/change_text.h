// A change as it stands in an event's value: as it is, or beside its schema, as Kafka Connect's
// JSON converter writes it with schemas.enable: {"schema": ..., "payload": the change}.
//
// One thread.

#pragma once

#include <simdjson.h>

#include <string_view>
#include <vector>

namespace daybook::sql {

class ChangeText {
 public:
  // The part of `value` that is the change; `value` if it is not what is said above.
  std::string_view of(std::string_view value);

 private:
  simdjson::ondemand::parser parser_;
  std::vector<char> padded_;
};

}  // namespace daybook::sql
