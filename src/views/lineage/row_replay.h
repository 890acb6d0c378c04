// Makes the rows of one key again from the events that touch it, in a version of its own in memory:
// the newest events one by one, so that the rows are known after each, those before them together.
//
// A row depends on no other events, but for the time: rows that are kept for a period go when the
// newest event of all that were taken has moved on.
//
// One thread.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "sql/input.h"
#include "views/key_columns.h"
#include "views/lineage/explanation.h"
#include "views/version_file.h"

namespace daybook::views {

class RowReplay {
 public:
  // `file` is empty, in memory; its fold is traced. At most `listed` events are kept to be listed.
  RowReplay(std::unique_ptr<VersionFile> file, KeyColumns columns, std::vector<sql::Cell> key,
            std::size_t listed);

  bool reads_headers() const { return file_->fold().reads_headers(); }
  // Finds out which of the events touch the key, and takes them up.
  Status take(std::span<const sql::InputEvent> events);
  // After the last.
  Result<RowHistory> finish();

 private:
  void keep(const sql::InputEvent& event);
  Status apply_oldest(std::size_t count);
  Status apply(std::span<const RowEvent> events);
  Result<KeyRows> rows();

  const std::unique_ptr<VersionFile> file_;
  const KeyColumns columns_;
  const std::vector<sql::Cell> key_;
  const std::size_t listed_;
  std::vector<RowEvent> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::int64_t applied_ = 0;
  std::int64_t newest_ms_ = 0;  // of all events
};

}  // namespace daybook::views
