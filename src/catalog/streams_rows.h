// The rows of groups of the streams protocol: the topology of each, and its members with their tags
// and tasks.
//
// Threads: the database's.

#pragma once

#include <vector>

#include "base/result.h"
#include "catalog/records.h"

namespace daybook::catalog {

class Database;

// Into the groups, which are ordered by id and are all that there are.
Status read_streams(Database& database, std::vector<Group>& groups);
// The group's topology, and those of its members that have changed. In an open transaction.
Status save_streams(Database& database, const Group& group, const ConsumerChanges& changes);

}  // namespace daybook::catalog
