// A table for tests: rows that are put into it, of a key `id` and two columns.

#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "flow/lookup/lookup_table.h"

namespace daybook::flow {

inline LookupColumns customer_columns() {
  return {{{"id", "BIGINT", true}, {"name", "VARCHAR", false}, {"limit", "DECIMAL(9,2)", false}},
          {"id"}};
}

class FakeTable final : public LookupTable {
 public:
  explicit FakeTable(std::string topic) : topic_(std::move(topic)) {
    state_.columns = customer_columns();
  }

  void put(std::int64_t id, const std::string& name, std::int64_t limit_cents) {
    const std::lock_guard lock(mutex_);
    sql::CellRow row(3);
    row[0].set_integer(id);
    row[1].set_text(name);
    row[2].set_integer(limit_cents);
    rows_[id] = row;
  }
  void set(State state) {
    const std::lock_guard lock(mutex_);
    state_ = std::move(state);
  }
  // Keys that were asked for, by each find().
  std::vector<std::size_t> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  const std::string& topic() const override { return topic_; }
  State state() const override {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  Result<std::vector<sql::CellRow>> find(const LookupColumns& of,
                                         const std::vector<sql::CellRow>& keys,
                                         const std::vector<std::size_t>& columns) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(keys.size());
    if (of != state_.columns) return fail(ErrorCode::kUnavailable, "it has other columns now");
    std::vector<sql::CellRow> found;
    for (const auto& key : keys) {
      const auto row = rows_.find(static_cast<std::int64_t>(key[0].integer));
      if (row == rows_.end()) continue;
      auto& out = found.emplace_back(key);
      for (const auto column : columns) out.push_back(row->second[column]);
    }
    return found;
  }

 private:
  const std::string topic_;
  mutable std::mutex mutex_;
  State state_;
  std::map<std::int64_t, sql::CellRow> rows_;
  std::vector<std::size_t> asked_;
};

}  // namespace daybook::flow
