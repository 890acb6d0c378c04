// The rows of the members of groups of the consumer protocol: three tables that are one value.
//
// Threads: the database's.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/records.h"

namespace daybook::catalog {

class Database;

// Into the groups, which are ordered by id and are all that there are.
Status read_consumers(Database& database, std::vector<Group>& groups);
// In an open transaction.
Status save_consumers(Database& database, const std::string& group, const ConsumerChanges& changes);

}  // namespace daybook::catalog
