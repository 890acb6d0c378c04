// What an application says of a PostgreSQL source, checked offline.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/options.h"
#include "sources/kinds/postgres/given/given_table.h"
#include "sources/kinds/postgres/table.h"
#include "sources/source_kind.h"

namespace daybook::sources::postgres {

inline constexpr std::size_t kSnapshotChunkRows = 10'000;

struct CapturedTable {
  TableName name;
  std::string topic;
};

struct PostgresConfig {
  std::string source;  // the source's name
  std::string dsn;     // a secret: never in a message
  std::vector<CapturedTable> tables;
  std::int32_t partitions = 1;
  std::string slot;         // default: daybook_<source>
  std::string publication;  // default: the same
  bool set_replica_identity = false;
  bool tombstones = true;
  DecimalForm decimals = DecimalForm::kText;
  std::vector<GivenTable> test_tables;  // whose changes a test can give
  // Rows of one chunk of a snapshot, so that the server reads along the index and sorts no table.
  std::size_t snapshot_chunk_rows = kSnapshotChunkRows;
};

// Nothing if there was a fault; then all of them were reported.
std::optional<PostgresConfig> read_config(const SourceSpec& spec, Options& options);

}  // namespace daybook::sources::postgres
