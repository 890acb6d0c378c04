#include "views/kinds/table/table_plan.h"

#include <nlohmann/json.hpp>

#include "flow/schema/input_schema.h"
#include "sql/engine.h"
#include "sql/fold_plan.h"
#include "views/kinds/table/table_fold.h"

namespace daybook::views::table {
namespace {

class TablePlan final : public ViewPlan {
 public:
  TablePlan(std::vector<std::string> key, std::string sql, std::int64_t keep_ms)
      : key_(std::move(key)), sql_(std::move(sql)), keep_ms_(keep_ms) {}

  std::string_view kind() const override { return "table"; }
  const std::vector<std::string>& key() const override { return key_; }
  const std::vector<Question>& questions() const override { return questions_; }
  bool has_row_per_key() const override { return true; }

  std::string definition() const override {
    nlohmann::json text{{"key", key_}, {"sql", sql_}};
    if (keep_ms_ != 0) text["keep_ms"] = keep_ms_;
    return text.dump();
  }

  std::vector<Error> check(const ViewSpec& spec) const override {
    if (keep_ms_ != 0 && spec.lineage) {
      return {
          {ErrorCode::kInvalid,
           "keep and lineage do not go together: what is remembered of rows would outlive them"}};
    }
    auto engine = sql::Engine::open();
    if (!engine) return {engine.error()};
    if (!spec.declared) return sql::check_fold(**engine, sql_, spec.input, key_);
    const auto schema =
        flow::to_input_schema(spec.topic, *spec.declared, flow::UnknownTypes::kRefuse);
    if (!schema) return {schema.error()};
    if (const auto set = (*engine)->set_input(spec.input, *schema); !set) return {set.error()};
    const auto plan = sql::plan_fold(**engine, sql_, spec.input, *schema, key_, keep_ms_);
    if (!plan) return plan.error();
    std::vector<Error> faults;
    for (const auto& column : plan->columns) {
      if (!is_reserved(column.name)) continue;
      faults.push_back({ErrorCode::kInvalid,
                        "column " + column.name + ": names that begin with daybook_ are taken"});
    }
    return faults;
  }

  Result<std::unique_ptr<Fold>> make_fold(const ViewSpec& spec,
                                          const client::Schema& schema) const override {
    DAYBOOK_TRY(auto engine, sql::Engine::open());
    const auto unknown = spec.declared ? flow::UnknownTypes::kRefuse : flow::UnknownTypes::kAsText;
    DAYBOOK_TRY(const auto input, flow::to_input_schema(spec.topic, schema, unknown));
    DAYBOOK_TRY_VOID(engine->set_input(spec.input, input));
    auto plan = sql::plan_fold(*engine, sql_, spec.input, input, key_, keep_ms_);
    if (!plan) return std::unexpected(joined(plan.error()));
    return TableFold::make(std::move(engine), std::move(*plan), input, spec.name);
  }

 private:
  const std::vector<std::string> key_;
  const std::string sql_;
  const std::int64_t keep_ms_;
  const std::vector<Question> questions_;
};

}  // namespace

std::unique_ptr<ViewPlan> make_table_plan(std::vector<std::string> key, std::string sql,
                                          std::int64_t keep_ms) {
  return std::make_unique<TablePlan>(std::move(key), std::move(sql), keep_ms);
}

}  // namespace daybook::views::table
