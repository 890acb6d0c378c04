#include "flow/make_transform.h"

#include <algorithm>

#include "client/memory_log.h"
#include "flow/exec/exec_transform.h"
#include "flow/history/history_transform.h"
#include "flow/lookup/bound_lookups.h"
#include "flow/row_output.h"
#include "flow/sql_transform.h"
#include "flow/window/window_transform.h"
#include "sql/rows/row_plan.h"

namespace daybook::flow {
namespace {

// Of all inputs, if all of them and what is looked up are known; else none.
std::vector<client::Schema> declared_schemas(const ProcessorSpec& spec) {
  std::vector<client::Schema> schemas;
  for (const auto& input : spec.inputs) {
    if (input.declared) schemas.push_back(*input.declared);
  }
  const bool knows_lookups = std::ranges::all_of(
      spec.lookups, [](const LookupSpec& lookup) { return lookup.declared.has_value(); });
  if (schemas.size() < spec.inputs.size() || !knows_lookups) schemas.clear();
  return schemas;
}

Result<std::unique_ptr<Transform>> make(client::LogClient& log, const ProcessorSpec& spec,
                                        const std::vector<client::Schema>& schemas,
                                        const LookupTables& tables) {
  if (spec.exec) return make_exec_transform(spec);
  if (spec.window) return make_window_transform(log, spec, schemas);
  DAYBOOK_TRY(auto lookups, bind_lookups(spec, tables));
  if (spec.history) return make_history_transform(log, spec, schemas, std::move(lookups));
  return make_sql_transform(spec, schemas, std::move(lookups));
}

Result<std::unique_ptr<Transform>> make_nowhere(const ProcessorSpec& spec,
                                                const std::vector<client::Schema>& schemas) {
  const auto nowhere = client::make_memory_log();
  return make_transform(*nowhere, spec, schemas);
}

// What is wrong with the shape of the SQL, all at once.
std::vector<std::string> check_plan(const ProcessorSpec& spec,
                                    const std::vector<client::Schema>& schemas) {
  const auto parser = sql::Engine::open();
  if (!parser) return {parser.error().message};
  if (spec.window) return check_window_sql(**parser, spec, row_inputs(spec, schemas).front());
  const auto lookups = bind_lookups(spec, {});
  if (!lookups) return {lookups.error().message};
  const auto plan = sql::plan_rows(**parser, spec.sql, row_inputs(spec, schemas),
                                   conditions_of(spec), spec.history.has_value(), lookups->rows);
  std::vector<std::string> messages;
  if (plan) return messages;
  for (const auto& fault : plan.error()) messages.push_back(fault.message);
  return messages;
}

}  // namespace

Result<std::unique_ptr<Transform>> make_transform(client::LogClient& log, const ProcessorSpec& spec,
                                                  const std::vector<client::Schema>& schemas) {
  return make(log, spec, schemas, {});
}

MakeTransform make_transform_with(LookupTables tables) {
  return [tables = std::move(tables)](client::LogClient& log, const ProcessorSpec& spec,
                                      const std::vector<client::Schema>& schemas) {
    return make(log, spec, schemas, tables);
  };
}

std::optional<std::vector<client::Column>> output_columns(const ProcessorSpec& spec) {
  const auto schemas = declared_schemas(spec);
  if (schemas.empty() && spec.needs_columns()) return std::nullopt;
  if (spec.exec && !check_exec(spec).empty()) return std::nullopt;
  const auto made = make_nowhere(spec, schemas);
  if (!made) return std::nullopt;
  return (*made)->columns();
}

std::vector<std::string> check_processor(const ProcessorSpec& spec) {
  if (spec.exec) return check_exec(spec);
  const auto schemas = declared_schemas(spec);
  auto messages = check_plan(spec, schemas);
  if (!messages.empty() || schemas.empty()) return messages;
  const auto made = make_nowhere(spec, schemas);
  if (!made) messages.push_back(made.error().message);
  return messages;
}

}  // namespace daybook::flow
