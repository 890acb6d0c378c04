// Where an event comes from, stored with it in the header `daybook.position`: what makes capture
// exactly-once. After a restart the last event of each partition tells what that partition holds.
//
// A streamed event:   "0/16B3748 12 0"
//   the LSN of its transaction's commit record, the number of the change among the changes of its
//   table in that transaction, and the part of the change: an update of the primary key makes
//   three records (delete, tombstone, create). Decoding the same log again gives the same
//   positions, and inside a partition they only grow.
// A snapshot's row:   `0/16B3740 r ["42"]`
//   the point at which its snapshot read the tables, and the row's primary key as PostgreSQL
//   prints it.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "sources/kinds/postgres/protocol/lsn.h"

namespace daybook::sources::postgres {

inline constexpr const char* kPositionHeader = "daybook.position";

struct StreamPosition {
  Lsn commit;
  std::uint64_t change = 0;
  std::uint32_t part = 0;
  friend auto operator<=>(const StreamPosition&, const StreamPosition&) = default;
};

// A primary key, in its column order, as PostgreSQL prints it. None of it can be null.
using KeyText = std::vector<std::string>;

struct SnapshotPosition {
  Lsn snapshot;
  KeyText key;
  friend bool operator==(const SnapshotPosition&, const SnapshotPosition&) = default;
};

using EventPosition = std::variant<StreamPosition, SnapshotPosition>;

// Both replace what `out` holds.
void write_position(const StreamPosition& position, std::string& out);
void write_position(Lsn snapshot, const std::vector<std::string_view>& key, std::string& out);

Result<EventPosition> parse_position(std::string_view text);  // kCorrupt

}  // namespace daybook::sources::postgres
