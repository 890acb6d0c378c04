// The kind `wide` at work. An event puts a cell for each of its columns that it has a value for, at
// its timestamp, and of each cell the newest versions are kept. Of two puts of one cell and
// timestamp the one that is later in the order of the view's input stays (views/event_place.h), in
// whichever order partitions were read.
//
// If events carry the cells' timestamp, a row that a change takes back takes back the cells of that
// timestamp. Else a deletion removes the row, as HBase's deleteall does. In a topic without changes
// it leaves what is later than it in that order.

#pragma once

#include <string>
#include <vector>

#include "client/schema.h"
#include "views/fold.h"
#include "views/keyed/keyed_events.h"
#include "views/kinds/wide/wide_plan.h"

namespace daybook::views::wide {

class WideFold final : public Fold {
 public:
  WideFold(const WideOptions& options, std::string view, const client::Schema& schema);

  const std::string& fingerprint() const override { return fingerprint_; }
  std::vector<ResultColumn> columns() const override;
  bool has_one_row_per_key() const override { return false; }
  Status trace() override { return {}; }
  Status for_each_touch(const TakeTouch& take) override { return events_.for_each_touch(take); }
  Status create(sqlite::Database& database) override;
  Status open(sqlite::Database& database) override;
  Result<std::vector<flow::Rejection>> compute(std::span<const sql::InputEvent> events) override;
  Result<std::int64_t> apply() override;

 private:
  std::optional<std::int64_t> timestamp_of(const KeyedEvent& event) const;
  Result<std::int64_t> put(const KeyedEvent& event);
  Result<std::int64_t> remove(const KeyedEvent& event);
  Result<std::int64_t> change(sqlite::Statement& statement);

  const WideOptions options_;
  const std::string view_;
  KeyedEvents events_;
  std::string fingerprint_;
  sqlite::Database* database_ = nullptr;
  sqlite::Statement find_;
  sqlite::Statement put_;
  sqlite::Statement trim_;
  sqlite::Statement remove_row_;
  sqlite::Statement remove_cells_;
};

}  // namespace daybook::views::wide
