// Puts the rows of Parquet files of the same columns, one after the other, into one file. As with
// the writer, the new file is not durable by itself.
//
// Threads: run() by one; interrupt() by any.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace daybook::sql {

class ParquetMerge {
 public:
  // Reaches no file but below `folder`.
  static Result<std::unique_ptr<ParquetMerge>> open(const std::string& folder);
  virtual ~ParquetMerge() = default;

  // How many rows there were. kCancelled if it was interrupted.
  virtual Result<std::int64_t> run(const std::vector<std::string>& files,
                                   const std::string& path) = 0;
  virtual void interrupt() = 0;
};

}  // namespace daybook::sql
