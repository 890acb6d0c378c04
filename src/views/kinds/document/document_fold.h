// The kind `document` at work. A document is what its event says, without the spaces: numbers keep
// their digits.

#pragma once

#include <string>
#include <vector>

#include "client/schema.h"
#include "views/fold.h"
#include "views/keyed/keyed_events.h"
#include "views/keyed/keyed_rows.h"
#include "views/kinds/document/document_plan.h"

namespace daybook::views::document {

class DocumentFold final : public Fold {
 public:
  DocumentFold(const DocumentOptions& options, std::string view, const client::Schema& schema);

  const std::string& fingerprint() const override { return fingerprint_; }
  std::vector<ResultColumn> columns() const override;
  Status trace() override { return {}; }
  Status for_each_touch(const TakeTouch& take) override { return events_.for_each_touch(take); }
  Status create(sqlite::Database& database) override;
  Status open(sqlite::Database& database) override;
  Result<std::vector<flow::Rejection>> compute(std::span<const sql::InputEvent> events) override;
  Result<std::int64_t> apply() override;

 private:
  const DocumentOptions options_;
  const std::string view_;
  KeyedEvents events_;
  KeyedRows rows_;
  std::string fingerprint_;
};

}  // namespace daybook::views::document
