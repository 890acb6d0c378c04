// What an application says of a view whatever its kind, and the check of the names in it.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/schema.h"

namespace daybook::views {

struct ViewSpec {
  std::string name;                        // a file name and an SQL name: [A-Za-z_][A-Za-z0-9_]*
  std::string input;                       // what the SQL calls the topic
  std::string topic;                       // where the events are
  std::optional<client::Schema> declared;  // columns from the application file, if it has them
  bool stop_on_error = false;  // on_error: stop; else undecodable events go to <topic>.rejected
  bool swap_by_hand = false;  // a changed definition waits for `swap`; else it takes over by itself
  bool lineage = false;       // it remembers which events touched each row
  std::string changes = "";   // the topic that its changes are published to, if any
};

// Names that cannot be used. The messages do not name the view.
std::vector<Error> check_names(const ViewSpec& spec);

// Names that begin with daybook_ or sqlite_, in any case, are not a user's to give.
bool is_reserved(std::string_view name);

}  // namespace daybook::views
