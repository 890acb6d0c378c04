// The columns of a topic of which nobody has said any: what the JSON objects in its first events
// have, each with the narrowest type that holds all of its values. They are published, so that
// everybody who reads the topic has the same, and are said to be inferred. They only grow: what was
// published before stays, and is widened by what has come since.
//
// Whoever writes a topic and knows its columns publishes them before the first event. So what has
// events and no columns has nobody who will say them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "flow/schema/input_schema.h"

namespace daybook::flow {

// Text is VARCHAR, whatever it looks like; numbers are BIGINT, HUGEINT or DOUBLE; objects, lists,
// and what is of several types, is JSON.
class SchemaGuess {
 public:
  static constexpr std::size_t kMaxColumns = 1'000;
  enum class Kind : std::uint8_t { kNothing, kBoolean, kBigint, kHugeint, kDouble, kText, kJson };

  SchemaGuess() = default;
  explicit SchemaGuess(const client::Schema& before);  // whose columns it has, in their order

  // What is no JSON object says nothing.
  void take(std::string_view value);
  // Nothing if there is no column.
  std::optional<client::Schema> schema() const;

 private:
  void take(const std::string& name, Kind kind);

  std::vector<std::pair<std::string, Kind>> columns_;
  std::map<std::string, std::size_t> places_;  // by name in small letters, as SQL compares them
};

// As find_input_schema(), and infers what is not there from the topic's first thousand events, and
// publishes it.
Result<FoundSchema> find_or_infer_schema(client::LogClient& log, const std::string& topic,
                                         const std::optional<client::Schema>& declared);

}  // namespace daybook::flow
