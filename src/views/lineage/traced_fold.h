// A fold together with what is kept of the keys that events touch: which events they were
// (lineage), or that the rows have changed since they were published. It is the kind's own fold;
// what is kept is in the same file, and written in the same transaction as the rows.
//
// Owner and thread as any Fold's.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "views/fold.h"

namespace daybook::views {

class TouchKeeper {
 public:
  virtual ~TouchKeeper() = default;
  // What a version's file depends on besides the fold's fingerprint, or nothing.
  virtual std::string fingerprint() const = 0;
  // As Fold's; open() comes after the fold's own.
  virtual Status create(sqlite::Database& database) = 0;
  virtual Status open(sqlite::Database& database) = 0;
  // Inside the transaction: every touch of a batch, then the end of it.
  virtual Status note(const std::vector<sql::Cell>& key, const EventPlace& place) = 0;
  virtual Status settle() = 0;
};

class TracedFold final : public Fold {
 public:
  // kUnsupported: the kind has no rows by key.
  static Result<std::unique_ptr<Fold>> make(std::unique_ptr<Fold> fold,
                                            std::vector<std::shared_ptr<TouchKeeper>> keepers);

  const std::string& fingerprint() const override { return fingerprint_; }
  std::vector<ResultColumn> columns() const override { return fold_->columns(); }
  bool reads_headers() const override { return fold_->reads_headers(); }
  bool has_one_row_per_key() const override { return fold_->has_one_row_per_key(); }
  Status trace() override { return {}; }
  Status for_each_touch(const TakeTouch& take) override { return fold_->for_each_touch(take); }
  Status create(sqlite::Database& database) override;
  Status open(sqlite::Database& database) override;
  Result<std::vector<flow::Rejection>> compute(std::span<const sql::InputEvent> events) override {
    return fold_->compute(events);
  }
  Status keep() override { return fold_->keep(); }
  bool may_wait(bool is_quiet) const override { return fold_->may_wait(is_quiet); }
  bool writes_files() const override { return fold_->writes_files(); }
  bool has_own_work() const override { return fold_->has_own_work(); }
  Status write_files() override { return fold_->write_files(); }
  Result<std::int64_t> apply() override;
  Status show_files() override { return fold_->show_files(); }

 private:
  TracedFold(std::unique_ptr<Fold> fold, std::vector<std::shared_ptr<TouchKeeper>> keepers);

  const std::unique_ptr<Fold> fold_;
  const std::vector<std::shared_ptr<TouchKeeper>> keepers_;
  std::string fingerprint_;
};

}  // namespace daybook::views
