// The port to what a processor looks rows up in: a view of the same application, which this room
// does not know. At most one row for each key; which one it is changes as the view gets further, so
// what is looked up depends on when it is asked for, unlike everything else that a processor reads.
//
// Threads: any.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "client/schema.h"
#include "flow/processor_spec.h"
#include "sql/rows/row_lookup.h"

namespace daybook::flow {

class LookupTable {
 public:
  virtual ~LookupTable() = default;

  struct State {
    std::optional<LookupColumns> columns;  // nothing: no rows can be read yet
    client::Position position;             // that the rows are the result of
    std::string detail;                    // what it is doing or waiting for
  };

  // Whose events make the rows.
  virtual const std::string& topic() const = 0;
  virtual State state() const = 0;
  // The rows of these keys, all of one moment: the cells of the key, then those of `columns`.
  // kUnavailable: the table does not have these columns any more. Never kInvalid.
  virtual Result<std::vector<sql::CellRow>> find(const LookupColumns& of,
                                                 const std::vector<sql::CellRow>& keys,
                                                 const std::vector<std::size_t>& columns) = 0;
};

using LookupTables = std::vector<LookupTable*>;  // of each of a processor's lookups

}  // namespace daybook::flow
