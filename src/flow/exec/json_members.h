// The members of JSON objects as the text that they were written as, without white space: numbers
// keep every digit, whatever their size, and the text is one line.
//
// No state, no limit of depth: nothing here recurses.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::flow {

struct JsonMember {
  std::string name;
  std::string json;
};
using JsonObject = std::vector<JsonMember>;  // in the order in which they are written

struct JsonObjects {
  bool is_array = false;
  std::vector<JsonObject> objects;  // one, if it is no array
};

// What `text` holds if it is one object, or an array of at most `max_objects` of them, of valid
// UTF-8; nothing if it is anything else.
std::optional<JsonObjects> read_json_objects(std::string_view text, std::size_t max_objects);

}  // namespace daybook::flow
