#include "views/kinds/columnar/columnar_query.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "sql/parquet/parquet_reader.h"
#include "sql/parquet/parquet_writer.h"
#include "sql/rows/row_plan.h"
#include "views/sqlite/database.h"
#include "views/view_spec.h"

namespace daybook::views::columnar {
namespace {

using sql::TypeId;

constexpr const char* kOrder = "_order";
constexpr const char* kFolder = "_folder";
// Of a folder's name as it is written; file systems take 255.
constexpr int kMaxFolderBytes = 200;

Error fault(std::string message) {
  return {ErrorCode::kInvalid, std::move(message)};
}

std::string lower(std::string_view name) {
  std::string low;
  for (const unsigned char c : name) low += static_cast<char>(std::tolower(c));
  return low;
}

bool can_name_folders(sql::ColumnType type) {
  switch (type.id) {
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDecimal:
    case TypeId::kJson:
    case TypeId::kUuid:
    case TypeId::kTime:
    case TypeId::kTimestampTz:
      return false;
    default:
      return true;
  }
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::expected<sql::RowQuery, std::vector<Error>> plan_select(sql::Engine& parser,
                                                             const ColumnarOptions& options,
                                                             const std::string& input,
                                                             bool is_change) {
  auto plan = sql::plan_rows(parser, options.sql, {{input, is_change}}, {});
  if (!plan) return std::unexpected(std::move(plan.error()));
  if (plan->queries.size() == 1) return std::move(plan->queries.front());
  return std::unexpected(std::vector{fault("write one SELECT, without UNION ALL")});
}

std::vector<Error> check_columns(const std::vector<sql::ResultColumn>& columns,
                                 const std::vector<std::string>& partition_by) {
  std::vector<Error> faults;
  std::set<std::string> names{kOrder, kFolder};
  for (const auto& column : columns) {
    if (column.name.empty() || is_reserved(column.name) ||
        !names.insert(lower(column.name)).second) {
      faults.push_back(fault("column \"" + column.name +
                             "\": the name is there twice, or taken; give it another with AS"));
    }
    if (const auto wrong = sql::parquet_fault(column.type); !wrong.empty()) {
      faults.push_back(fault("column " + column.name + ": " + wrong));
    }
  }
  for (const auto& name : partition_by) {
    const auto found = std::ranges::find(columns, name, &sql::ResultColumn::name);
    if (found == columns.end()) {
      faults.push_back(fault("partition_by: the SELECT has no column " + name));
    } else if (!can_name_folders(found->type)) {
      faults.push_back(fault("partition_by: column " + name + " is a " + to_text(found->type) +
                             ": make folders of dates, timestamps, whole numbers or text"));
    }
  }
  if (columns.size() == partition_by.size()) {
    faults.push_back(fault("partition_by: one column at least must stay in the files"));
  }
  return faults;
}

// "day=2026-11-25/city=Bern", as an expression over the SELECT's columns.
std::string folder_expression(const std::vector<std::string>& partition_by) {
  if (partition_by.empty()) return "''";
  std::string expression;
  for (const auto& name : partition_by) {
    std::string quoted_text;
    for (const char c : name) quoted_text += c == '\'' ? "''" : std::string(1, c);
    const auto value = "coalesce(nullif(url_encode(CAST(" + sqlite::quoted(name) +
                       " AS VARCHAR)), ''), '" + sql::kNullFolder + "')";
    const auto level = "(url_encode('" + quoted_text + "') || '=' || " + value + ")";
    expression += (expression.empty() ? "" : " || '/' || ");
    expression += "CASE WHEN length(" + level + ") > " + std::to_string(kMaxFolderBytes) +
                  " THEN error('the value of " + quoted_text +
                  " is too long for the name of a folder') ELSE " + level + " END";
  }
  return expression;
}

}  // namespace

std::vector<Error> check_columnar(const ColumnarOptions& options, const std::string& input) {
  std::vector<Error> faults;
  const auto parser = sql::Engine::open();
  if (!parser) return {parser.error()};
  // Whether it is a change topic makes no difference to what may be written.
  if (auto query = plan_select(**parser, options, input, false); !query) faults = query.error();
  std::set<std::string> names;
  for (const auto& name : options.partition_by) {
    if (!names.insert(lower(name)).second) {
      faults.push_back(fault("partition_by names " + name + " twice"));
    }
  }
  return faults;
}

std::expected<ColumnarQuery, std::vector<Error>> plan_columnar(const ColumnarOptions& options,
                                                               const std::string& input,
                                                               const sql::InputSchema& schema) {
  const auto failed = [](Error error) { return std::unexpected(std::vector{std::move(error)}); };
  if (auto faults = check_columnar(options, input); !faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  ColumnarQuery query;
  auto engine = sql::Engine::open();
  if (!engine) return failed(engine.error());
  query.engine = std::move(*engine);
  const auto select = plan_select(*query.engine, options, input, schema.is_change);
  if (!select) return std::unexpected(select.error());
  if (const auto set = query.engine->set_input(input, schema); !set) return failed(set.error());
  const auto prepared = query.engine->prepare(select->sql);
  if (!prepared) return failed(prepared.error());
  const auto& all = (*prepared)->columns();
  query.columns.assign(all.begin() + 1, all.end());
  if (auto faults = check_columns(query.columns, options.partition_by); !faults.empty()) {
    return std::unexpected(std::move(faults));
  }
  query.text = "SELECT " + std::string(kOrder);
  for (const auto& column : query.columns) {
    if (is_among(options.partition_by, column.name)) continue;
    query.written.push_back({column.name, column.type});
    query.text += ", " + sqlite::quoted(column.name);
  }
  query.text += ", " + folder_expression(options.partition_by) + " AS " + kFolder + " FROM (" +
                select->sql + ") AS _rows";
  auto run = sql::BatchRun::prepare(*query.engine, {query.text}, schema);
  if (!run) return failed(run.error());
  query.run = std::move(*run);
  return query;
}

}  // namespace daybook::views::columnar
