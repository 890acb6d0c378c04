#include "views/kinds/table/table_fold.h"

#include <algorithm>

namespace daybook::views::table {

Result<std::unique_ptr<TableFold>> TableFold::make(std::unique_ptr<sql::Engine> engine,
                                                   sql::FoldPlan plan,
                                                   const sql::InputSchema& schema,
                                                   std::string view) {
  std::unique_ptr<TableFold> fold(
      new TableFold(std::move(engine), std::move(plan), schema, std::move(view)));
  DAYBOOK_TRY(fold->run_, sql::FoldRun::prepare(*fold->engine_, fold->plan_, schema));
  return fold;
}

std::vector<ResultColumn> TableFold::columns() const {
  std::vector<ResultColumn> columns;
  for (const auto& column : plan_.columns) {
    const bool is_key = std::ranges::find(plan_.key, column.name) != plan_.key.end();
    columns.push_back({column.name, to_text(column.type), is_key});
  }
  return columns;
}

Status TableFold::trace() {
  DAYBOOK_TRY(run_, sql::FoldRun::prepare(*engine_, plan_, schema_, sql::FoldRun::Touches::kYes));
  return {};
}

Status TableFold::for_each_touch(const TakeTouch& take) {
  if (result_.touches == nullptr) return {};
  const auto width = plan_.key.size();
  std::vector<sql::Cell> key(width);
  sql::Cell order;
  auto& rows = *result_.touches;
  while (true) {
    DAYBOOK_TRY(const bool has_chunk, rows.next_chunk());
    if (!has_chunk) return {};
    for (std::size_t row = 0; row < rows.row_count(); ++row) {
      for (std::size_t i = 0; i < width; ++i) rows.read(i, row, key[i]);
      rows.read(width + 1, row, order);
      DAYBOOK_TRY_VOID(take(key, place_of(static_cast<std::int64_t>(order.integer))));
    }
  }
}

EventPlace TableFold::place_of(std::int64_t order) const {
  const auto& event = events_[run_->event_of_row(static_cast<std::size_t>(order))];
  return {event.clock_ms, event.partition, event.offset};
}

Status TableFold::create(sqlite::Database& database) {
  return database.execute(layout_.create_sql(plan_));
}

Status TableFold::open(sqlite::Database& database) {
  DAYBOOK_TRY(merge_, TableMerge::prepare(database, plan_, layout_));
  return {};
}

Result<std::vector<flow::Rejection>> TableFold::compute(std::span<const sql::InputEvent> events) {
  events_ = events;
  DAYBOOK_TRY(result_, run_->compute(events));
  std::vector<flow::Rejection> rejections;
  for (auto& rejected : result_.rejected) {
    rejections.push_back({rejected.event, std::move(rejected.reason)});
  }
  return rejections;
}

Result<std::int64_t> TableFold::apply() {
  const auto place = [this](std::int64_t order) { return place_of(order); };
  DAYBOOK_TRY_VOID(merge_->apply(result_, place));
  result_ = {};
  return merge_->growth();
}

}  // namespace daybook::views::table
