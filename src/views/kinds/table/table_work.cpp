#include "views/kinds/table/table_work.h"

#include <algorithm>

namespace daybook::views::table {

Result<std::unique_ptr<TableWork>> TableWork::make(std::unique_ptr<sql::Engine> engine,
                                                   const sql::FoldPlan& plan,
                                                   const sql::InputSchema& schema,
                                                   std::unique_ptr<TableStore> store,
                                                   Listener listener) {
  std::unique_ptr<TableWork> work(new TableWork);
  work->engine_ = std::move(engine);
  DAYBOOK_TRY(work->run_, sql::FoldRun::prepare(*work->engine_, plan, schema));
  work->store_ = std::move(store);
  work->listener_ = std::move(listener);
  work->listener_.committed(*work->store_);
  return work;
}

Result<std::vector<flow::Rejection>> TableWork::compute(const client::Batch& batch) {
  times_ = store_->event_times();
  std::vector<std::int64_t*> times;
  for (const auto& source : batch.sources()) times.push_back(&times_[source]);
  events_.clear();
  for (const auto& record : batch.records()) {
    auto& time = *times[record.source];
    time = std::max(time, record.timestamp.value);
    events_.push_back({batch.sources()[record.source].partition.value, record.offset.value,
                       record.timestamp.value, time, record.key, record.value});
  }
  DAYBOOK_TRY(result_, run_->compute(events_));
  std::vector<flow::Rejection> rejections;
  for (auto& rejected : result_.rejected) {
    rejections.push_back({rejected.event, std::move(rejected.reason)});
  }
  return rejections;
}

Status TableWork::commit(const client::Position& next) {
  const auto place_of = [this](std::int64_t order) {
    const auto& event = events_[run_->event_of_row(static_cast<std::size_t>(order))];
    return EventPlace{event.clock_ms, event.partition, event.offset};
  };
  DAYBOOK_TRY_VOID(store_->commit(result_, place_of, next, times_));
  result_ = {};
  listener_.committed(*store_);
  return {};
}

}  // namespace daybook::views::table
