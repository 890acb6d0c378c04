#include "views/lineage/traced_fold.h"

namespace daybook::views {

Result<std::unique_ptr<Fold>> TracedFold::make(std::unique_ptr<Fold> fold,
                                               std::vector<std::shared_ptr<TouchKeeper>> keepers) {
  if (keepers.empty()) return fold;
  DAYBOOK_TRY_VOID(fold->trace());
  return std::unique_ptr<Fold>(new TracedFold(std::move(fold), std::move(keepers)));
}

TracedFold::TracedFold(std::unique_ptr<Fold> fold,
                       std::vector<std::shared_ptr<TouchKeeper>> keepers)
    : fold_(std::move(fold)), keepers_(std::move(keepers)), fingerprint_(fold_->fingerprint()) {
  for (const auto& keeper : keepers_) fingerprint_ += keeper->fingerprint();
}

Status TracedFold::create(sqlite::Database& database) {
  for (const auto& keeper : keepers_) DAYBOOK_TRY_VOID(keeper->create(database));
  return fold_->create(database);
}

Status TracedFold::open(sqlite::Database& database) {
  DAYBOOK_TRY_VOID(fold_->open(database));
  for (const auto& keeper : keepers_) DAYBOOK_TRY_VOID(keeper->open(database));
  return {};
}

Result<std::int64_t> TracedFold::apply() {
  const auto note = [this](const std::vector<sql::Cell>& key, const EventPlace& place) -> Status {
    for (const auto& keeper : keepers_) DAYBOOK_TRY_VOID(keeper->note(key, place));
    return {};
  };
  DAYBOOK_TRY_VOID(fold_->for_each_touch(note));
  for (const auto& keeper : keepers_) DAYBOOK_TRY_VOID(keeper->settle());
  return fold_->apply();
}

}  // namespace daybook::views
