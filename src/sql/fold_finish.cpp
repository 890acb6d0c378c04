#include "sql/fold_finish.h"

namespace daybook::sql {

std::string finish_group(std::size_t index) {
  return "daybook_g" + std::to_string(index);
}

std::string finish_aggregate(std::size_t index) {
  return "daybook_a" + std::to_string(index);
}

Result<std::unique_ptr<FoldFinish>> FoldFinish::prepare(Engine& engine, const FoldPlan& plan) {
  std::vector<TableColumn> columns{{kFinishRow, {TypeId::kBigint}}};
  for (const auto& type : plan.groups) columns.push_back({finish_group(columns.size() - 1), type});
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    columns.push_back({finish_aggregate(i), plan.aggregates[i].type});
  }
  std::unique_ptr<FoldFinish> finish(new FoldFinish);
  DAYBOOK_TRY(finish->table_, engine.add_table(kFinishTable, std::move(columns)));
  DAYBOOK_TRY(finish->statement_, engine.prepare(plan.finish_sql));
  const auto& all = finish->statement_->columns();
  finish->computed_.assign(all.begin() + 1, all.end());
  finish->row_.resize(finish->computed_.size());
  return finish;
}

void FoldFinish::clear() {
  table_->clear();
  next_column_ = 0;
}

void FoldFinish::push(const Cell& cell) {
  if (next_column_ == 0) {
    Cell number;
    number.set_integer(static_cast<std::int64_t>(table_->row_count()));
    table_->push(next_column_++, number);
  }
  table_->push(next_column_++, cell);
  if (next_column_ == table_->columns().size()) next_column_ = 0;
}

Status FoldFinish::run(const Use& use) {
  auto rows = statement_->run();
  if (!rows) {
    auto error = std::move(rows.error());
    error.message.insert(0, "the columns of a group cannot be computed: ");
    error.message += "; write TRY(...) around what may fail, to show NULL instead";
    return std::unexpected(std::move(error));
  }
  Cell number;
  while (true) {
    DAYBOOK_TRY(const bool has_chunk, (*rows)->next_chunk());
    if (!has_chunk) return {};
    for (std::size_t i = 0; i < (*rows)->row_count(); ++i) {
      (*rows)->read(0, i, number);
      for (std::size_t column = 0; column < row_.size(); ++column) {
        (*rows)->read(column + 1, i, row_[column]);
      }
      use(static_cast<std::size_t>(number.integer), row_);
    }
  }
}

}  // namespace daybook::sql
