// Merges a run of files into one on a thread of its own, one run at a time. Nothing is named or
// removed by it: when it is done, the new file is durable, and its owner says what becomes of it.
//
// Owner: the fold; its thread.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "sql/parquet/parquet_merge.h"
#include "views/kinds/columnar/data_file.h"
#include "views/kinds/columnar/data_folders.h"

namespace daybook::views::columnar {

struct Merge {
  std::vector<DataFile> from;
  DataFile into;  // what it will be; bytes are known when it is done
};

class BackgroundMerge {
 public:
  // `folders` outlives it; only paths are asked of it here.
  explicit BackgroundMerge(const DataFolders& folders) : folders_(folders) {}
  ~BackgroundMerge();  // interrupts
  BackgroundMerge(const BackgroundMerge&) = delete;
  BackgroundMerge& operator=(const BackgroundMerge&) = delete;

  bool is_idle() const { return !merge_.has_value(); }
  bool is_done() const { return is_done_; }
  // It must be idle.
  void start(Merge merge);
  // It must be done; is idle afterwards. An error if the new file is of no use.
  Result<Merge> take();

 private:
  void run();
  Status merge();

  const DataFolders& folders_;
  std::optional<Merge> merge_;
  std::mutex mutex_;
  std::unique_ptr<sql::ParquetMerge> running_;  // guarded by mutex_, but for its run()
  Status outcome_;
  std::atomic<bool> is_done_ = false;
  std::jthread thread_;
};

}  // namespace daybook::views::columnar
