// The rows of the members of groups of the consumer protocol: four tables that are one value.
//
// Threads: the database's.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/records.h"

namespace daybook::catalog {

class Database;
class Statement;

// The group that the row's first column names, at `from` or behind it: rows ascend as groups do.
// kCorrupt if it is not there.
Result<std::vector<Group>::iterator> group_of(const Statement& row,
                                              std::vector<Group>::iterator from,
                                              std::vector<Group>& groups, const Database& database);
// Into the groups, which are ordered by id and are all that there are.
Status read_consumers(Database& database, std::vector<Group>& groups);
// In an open transaction.
Status save_consumers(Database& database, const std::string& group, const ConsumerChanges& changes);

}  // namespace daybook::catalog
