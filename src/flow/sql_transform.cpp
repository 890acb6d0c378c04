#include "flow/sql_transform.h"

#include <algorithm>
#include <map>

#include "flow/input_events.h"
#include "flow/row_output.h"
#include "flow/row_record.h"
#include "flow/schema/input_schema.h"
#include "sql/rows/batch_run.h"
#include "sql/rows/row_plan.h"

namespace daybook::flow {
namespace {

// One input with the SELECTs that read it.
struct Input {
  std::string topic;
  std::unique_ptr<sql::Engine> engine;
  std::unique_ptr<sql::BatchRun> run;
  std::vector<RowShape> shapes;      // of each statement
  std::vector<std::size_t> queries;  // its place in the user's SQL
  InputEvents events;
};

class SqlTransform final : public Transform {
 public:
  SqlTransform(const ProcessorSpec& spec, BoundLookups lookups)
      : spec_(spec), lookups_(std::move(lookups)), output_(spec_.outputs) {}

  Status open(const std::vector<client::Schema>& schemas) {
    DAYBOOK_TRY(auto parser, sql::Engine::open());
    const auto conditions = conditions_of(spec_);
    const auto plan = sql::plan_rows(*parser, spec_.sql, row_inputs(spec_, schemas), conditions,
                                     false, lookups_.rows);
    if (!plan) return std::unexpected(plan.error().front());
    for (std::size_t i = 0; i < spec_.inputs.size(); ++i) {
      DAYBOOK_TRY_VOID(open_input(i, schemas[i], *plan, conditions.size()));
    }
    return {};
  }

  const std::vector<client::Column>& columns() const override {
    return inputs_.front().shapes.front().columns();
  }
  void set_partitions(std::vector<std::int32_t> partitions) override {
    output_.set_partitions(std::move(partitions));
  }
  Status assign(const client::Position&) override { return {}; }

  Result<std::vector<Rejection>> compute(const client::Batch& batch) override {
    output_.clear();
    std::map<std::size_t, std::string> rejected;
    for (auto& input : inputs_) DAYBOOK_TRY_VOID(compute_input(input, batch, rejected));
    output_.finish(batch, rejected);
    std::vector<Rejection> rejections;
    for (auto& [record, reason] : rejected) rejections.push_back({record, std::move(reason)});
    return rejections;
  }

  Status emit(client::TransactionalWriter& writer) override { return output_.emit(writer); }

 private:
  Status open_input(std::size_t number, const client::Schema& published, const sql::RowPlan& plan,
                    std::size_t conditions) {
    const auto& declared = spec_.inputs[number];
    std::vector<std::string> statements;
    Input input;
    for (std::size_t query = 0; query < plan.queries.size(); ++query) {
      if (plan.queries[query].input != number) continue;
      statements.push_back(plan.queries[query].sql);
      input.queries.push_back(query);
    }
    if (statements.empty()) {
      return fail(ErrorCode::kInvalid, "the SQL does not read " + declared.alias +
                                           ": leave it out of \"from\", or select from it");
    }
    const auto unknown = declared.declared ? UnknownTypes::kRefuse : UnknownTypes::kAsText;
    DAYBOOK_TRY(const auto schema, to_input_schema(declared.topic, published, unknown));
    input.topic = declared.topic;
    DAYBOOK_TRY(input.engine, sql::Engine::open());
    DAYBOOK_TRY_VOID(input.engine->set_input(declared.alias, schema));
    DAYBOOK_TRY_VOID(check_lookup_names(spec_, schema));
    DAYBOOK_TRY(auto lookups,
                sql::BatchLookups::prepare(*input.engine, declared.alias, lookups_.rows,
                                           plan.lookups_of(number), lookups_.find));
    DAYBOOK_TRY(input.run,
                sql::BatchRun::prepare(*input.engine, statements, schema, std::move(lookups)));
    for (std::size_t i = 0; i < statements.size(); ++i) {
      DAYBOOK_TRY(auto shape, RowShape::of(input.run->statement(i).columns(), conditions));
      const auto& first = inputs_.empty() ? input.shapes : inputs_.front().shapes;
      if (!first.empty() && !shape.same_columns(first.front())) {
        return fail(ErrorCode::kInvalid,
                    "the SELECTs have not the same columns: give them the same names and types, "
                    "in the same order");
      }
      input.shapes.push_back(std::move(shape));
    }
    inputs_.push_back(std::move(input));
    return {};
  }

  Status compute_input(Input& input, const client::Batch& batch,
                       std::map<std::size_t, std::string>& rejected) {
    input.events.take(batch, input.topic, input.run->reads(sql::PseudoColumn::kHeaders));
    if (input.events.events().empty()) return {};
    DAYBOOK_TRY(auto result, input.run->compute(input.events.events()));
    for (auto& event : result.rejected) {
      rejected.emplace(input.events.record_of(event.event), std::move(event.reason));
    }
    for (std::size_t i = 0; i < result.rows.size(); ++i) {
      DAYBOOK_TRY_VOID(take_rows(input, i, *result.rows[i], rejected));
    }
    return {};
  }

  Status take_rows(Input& input, std::size_t statement, sql::Rows& rows,
                   std::map<std::size_t, std::string>& rejected) {
    while (true) {
      DAYBOOK_TRY(const bool has_chunk, rows.next_chunk());
      if (!has_chunk) return {};
      for (std::size_t i = 0; i < rows.row_count(); ++i) {
        rows.read(0, i, order_);
        auto& row = output_.add();
        row.record = input.events.record_of(
            input.run->event_of_row(static_cast<std::size_t>(order_.integer)));
        row.query = input.queries[statement];
        row.order = static_cast<std::int64_t>(order_.integer);
        auto fault = input.shapes[statement].make(rows, i, row);
        if (!fault) fault = output_.check(row);
        if (fault) rejected.emplace(row.record, "SQL: " + *fault);
      }
    }
  }

  const ProcessorSpec spec_;
  const BoundLookups lookups_;
  std::vector<Input> inputs_;
  RowOutput output_;
  sql::Cell order_;
};

}  // namespace

std::vector<sql::RowInput> row_inputs(const ProcessorSpec& spec,
                                      const std::vector<client::Schema>& schemas) {
  std::vector<sql::RowInput> inputs;
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    const bool is_change = i < schemas.size() && schemas[i].envelope == client::Envelope::kDebezium;
    inputs.push_back({spec.inputs[i].alias, is_change});
  }
  return inputs;
}

Result<std::unique_ptr<Transform>> make_sql_transform(const ProcessorSpec& spec,
                                                      const std::vector<client::Schema>& schemas,
                                                      BoundLookups lookups) {
  auto transform = std::make_unique<SqlTransform>(spec, std::move(lookups));
  DAYBOOK_TRY_VOID(transform->open(schemas));
  return transform;
}

}  // namespace daybook::flow
