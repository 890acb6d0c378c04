// Which events a change of a row becomes, wherever the change comes from.

#pragma once

#include <algorithm>

#include "base/result.h"
#include "sources/kinds/postgres/protocol/pgoutput.h"
#include "sources/kinds/postgres/table.h"

namespace daybook::sources::postgres {

inline bool is_key_changed(const Table& table, const Tuple& before, const Tuple& after) {
  return std::ranges::any_of(table.key, [&](const KeyColumn& part) {
    return before[part.column].text != after[part.column].text;
  });
}

// Calls write(op, part, before, after), as Outlet::write_change() takes them, for each event that
// an update is.
template <class Write>
Status write_update(const Table& table, const Tuple& before, const Tuple& after, Write write) {
  if (!is_key_changed(table, before, after)) return write('u', 0, &before, &after);
  // Another key is another entity: one ends (parts 0 and 1), one begins.
  DAYBOOK_TRY_VOID(write('d', 0, &before, nullptr));
  return write('c', 2, nullptr, &after);
}

}  // namespace daybook::sources::postgres
