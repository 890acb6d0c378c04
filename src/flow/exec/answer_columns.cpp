#include "flow/exec/answer_columns.h"

#include <algorithm>

#include "flow/schema/input_schema.h"
#include "sql/rows/row_plan.h"

namespace daybook::flow {
namespace {

constexpr const char* kTable = "answer";  // what the SQL calls the answers
constexpr const char* kNoFields = "{}";

bool is_for_all(const ProcessorOutput& output) {
  return output.when.empty() || output.when == "true";
}

}  // namespace

Result<std::unique_ptr<AnswerColumns>> AnswerColumns::make(const ProcessorSpec& spec) {
  std::unique_ptr<AnswerColumns> columns(new AnswerColumns);
  if (!spec.exec->columns.empty()) {
    DAYBOOK_TRY_VOID(columns->open(spec));
  } else if (!std::ranges::all_of(spec.outputs, is_for_all)) {
    return fail(ErrorCode::kInvalid,
                "the conditions in \"to\" are over the columns of what the program answers: "
                "declare them, exec: {columns: {NAME: TYPE}}");
  }
  return columns;
}

Status AnswerColumns::open(const ProcessorSpec& spec) {
  const client::Schema declared{client::Envelope::kPlain, spec.exec->columns};
  DAYBOOK_TRY(const auto schema, to_input_schema(spec.name, declared, UnknownTypes::kRefuse));
  DAYBOOK_TRY(engine_, sql::Engine::open());
  const auto conditions = conditions_of(spec);
  const auto plan = sql::plan_rows(*engine_, std::string("SELECT * FROM ") + kTable,
                                   {{kTable, false}}, conditions);
  if (!plan) return std::unexpected(plan.error().front());
  DAYBOOK_TRY_VOID(engine_->set_input(kTable, schema));
  DAYBOOK_TRY(run_, sql::BatchRun::prepare(*engine_, {plan->queries.front().sql}, schema));
  DAYBOOK_TRY(shape_, RowShape::of(run_->statement(0).columns(), conditions.size()));
  columns_ = shape_.columns();
  return {};
}

void AnswerColumns::take(AnswerEvent event, RowOutput& output, Rejected& rejected) {
  if (engine_ != nullptr) {
    answers_.push_back(std::move(event));
    return;
  }
  auto& row = output.add();
  row = std::move(event.record);
  row.outputs = ~std::uint64_t{0};
  if (!event.is_whole) row.value = std::move(event.fields);
  if (auto fault = output.check(row)) rejected.emplace(row.record, "answer: " + *fault);
}

Status AnswerColumns::finish(RowOutput& output, Rejected& rejected) {
  if (answers_.empty()) return {};
  std::vector<sql::InputEvent> events;
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    sql::InputEvent event;
    event.offset = static_cast<std::int64_t>(i);  // keeps their order
    event.value = answers_[i].is_whole ? kNoFields : std::string_view(answers_[i].fields);
    events.push_back(event);
  }
  DAYBOOK_TRY(auto result, run_->compute(events));
  for (const auto& fault : result.rejected) {
    rejected.emplace(answers_[fault.event].record.record, "answer: " + fault.reason);
  }
  return take_rows(*result.rows.front(), output, rejected);
}

Status AnswerColumns::take_rows(sql::Rows& rows, RowOutput& output, Rejected& rejected) {
  while (true) {
    DAYBOOK_TRY(const bool has_chunk, rows.next_chunk());
    if (!has_chunk) return {};
    for (std::size_t i = 0; i < rows.row_count(); ++i) {
      rows.read(0, i, cell_);
      auto& answer = answers_[run_->event_of_row(static_cast<std::size_t>(cell_.integer))];
      const auto whole = answer.record.value;
      auto& row = output.add();
      row = std::move(answer.record);
      auto fault = shape_.make(rows, i, row);
      if (answer.is_whole) row.value = whole;
      if (!fault) fault = output.check(row);
      if (fault) rejected.emplace(row.record, "answer: " + *fault);
    }
  }
}

}  // namespace daybook::flow
