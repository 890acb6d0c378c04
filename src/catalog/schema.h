// The tables of the catalog and their versions. docs/formats/catalog.md is their description.

#pragma once

#include <cstdint>

#include "base/result.h"

namespace daybook::catalog {

class Database;

inline constexpr std::int64_t kApplicationId = 0x44424B43;  // "DBKC"
inline constexpr std::int64_t kSchemaVersion = 9;

// Brings an empty or older database to kSchemaVersion, in one transaction. kCorrupt if the file is
// another program's; kUnsupported if a newer Daybook made it.
Status migrate(Database& database);

}  // namespace daybook::catalog
