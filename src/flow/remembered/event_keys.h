// What a processor remembers events by: for each event of a batch the value of an expression over
// it, computed with SQL.
//
// One thread.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/decoded_batch.h"
#include "sql/engine.h"

namespace daybook::flow {

struct EventKeys {
  // Of each event, "t" and the value as text, or "n" for NULL; nothing if the event makes no row,
  // or is rejected.
  std::vector<std::optional<std::string>> keys;
  std::map<std::size_t, std::string> rejected;  // events for which the statement fails, and why
};

// `statement` has the columns _order, the key as VARCHAR, and any others; of an event with several
// rows the last counts. `batch` holds `events` events; which of its rows are restricted is changed.
// `what` stands before the reasons.
Result<EventKeys> read_keys(sql::Statement& statement, sql::DecodedBatch& batch, std::size_t events,
                            std::string_view what);

// The key's value.
inline std::optional<std::string> value_of_key(std::string_view key) {
  return key.front() == 't' ? std::optional<std::string>(key.substr(1)) : std::nullopt;
}

}  // namespace daybook::flow
