// A DuckDB of one's own, in memory: what every use of it has in common. It loads no extensions,
// reaches no files but below the folders that it is given, and its times are UTC. Included by this
// room's sources only.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sql/duckdb/duckdb_handle.h"

namespace daybook::sql {

struct SessionOptions {
  int threads = 1;
  int memory_limit_mb = 512;
  std::vector<std::string> folders = {};  // that may be read and written
  std::string spill_folder = {};  // for what does not fit the memory; none: that is an error
};

class DuckSession {
 public:
  Status open(const SessionOptions& options);

  duckdb_connection connection() const { return connection_.get(); }
  Status execute(const std::string& sql);
  // The first column of the first row, if it is text or a whole number; else nothing.
  Result<std::string> text(const std::string& sql);
  Result<std::int64_t> number(const std::string& sql);
  // Makes a run that is under way fail with kCancelled. Any thread.
  void interrupt() { duckdb_interrupt(connection_.get()); }

 private:
  Database database_;
  Connection connection_;
};

// As SQL writes text: in quotes.
std::string text_literal(std::string_view text);

}  // namespace daybook::sql
