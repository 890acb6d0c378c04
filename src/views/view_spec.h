// What a user asks of a view, as the application file says it, and the check of it that needs
// neither a log nor a disk.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/schema.h"

namespace daybook::views {

struct ViewSpec {
  std::string name;                        // a file name and an SQL name: [A-Za-z_][A-Za-z0-9_]*
  std::string input;                       // what the SQL calls the topic
  std::string topic;                       // where the events are
  std::optional<client::Schema> declared;  // columns from the application file, if it has them
  std::vector<std::string> key;            // output columns that rows are looked up by
  std::string sql;
  bool stop_on_error = false;  // on_error: stop; else undecodable events go to <topic>.rejected
};

// Every fault that can be found offline: a name that cannot be used, SQL that does not parse or
// cannot be folded, a key that is not in it and, if the columns are declared, names and types that
// do not fit. Each message names the view and says what to write instead.
std::vector<Error> check(const ViewSpec& spec);

}  // namespace daybook::views
