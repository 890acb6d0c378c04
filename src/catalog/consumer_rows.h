// The rows of the members of groups of the consumer protocol: four tables that are one value.
//
// Threads: the database's.

#pragma once

#include <string>
#include <string_view>
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
// What a member of either kind of group offers, most preferred first, into that table of the two.
Status insert_protocols(Database& database, std::string_view table, const std::string& group,
                        const std::string& member,
                        const std::vector<GroupMember::Protocol>& protocols);
// Into the groups, which are ordered by id and are all that there are.
Status read_consumers(Database& database, std::vector<Group>& groups);
// In an open transaction.
Status save_consumers(Database& database, const std::string& group, const ConsumerChanges& changes);

}  // namespace daybook::catalog
