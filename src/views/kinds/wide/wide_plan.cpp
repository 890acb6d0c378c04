#include "views/kinds/wide/wide_plan.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "views/cell_storage.h"
#include "views/kinds/wide/wide_fold.h"
#include "views/sqlite/values.h"
#include "views/version_reader.h"

namespace daybook::views::wide {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMaxRows = 10'000;

// A condition, with the values of its parameters.
struct Condition {
  std::string sql = "1";
  std::vector<Value> values;

  void add(const std::string& condition, Value value) {
    sql += " AND " + condition;
    values.push_back(std::move(value));
  }
};

// A row key as it is stored.
Result<Value> row_key(const VersionReader& version, const std::string& text) {
  const auto& column = version.info().columns.front();
  DAYBOOK_TRY(const auto type, sql::parse_type(column.type));
  DAYBOOK_TRY(const auto cell, parse_cell(text, type));
  if (cell.kind == sql::Cell::Kind::kText) return cell.text;
  if (cell.integer < kMin || cell.integer > kMax) {
    return fail(ErrorCode::kInvalid, "row " + text + " is not a " + column.type);
  }
  return static_cast<std::int64_t>(cell.integer);
}

// Which columns, and from when.
Status narrow(const Arguments& arguments, Condition& condition) {
  if (const auto family = arguments.text("family")) condition.add("family = ?", *family);
  if (const auto column = arguments.text("column")) {
    const auto colon = column->find(':');
    if (colon == std::string::npos) {
      return fail(ErrorCode::kInvalid, "column must be FAMILY:QUALIFIER, not \"" + *column + "\"");
    }
    condition.add("family = ?", column->substr(0, colon));
    condition.add("qualifier = ?", column->substr(colon + 1));
  }
  if (const auto prefix = arguments.text("qualifiers")) {
    condition.add("substr(qualifier, 1, length(?)) = ?", *prefix);
    condition.values.emplace_back(*prefix);
  }
  if (arguments.text("at")) {
    DAYBOOK_TRY(const auto time, arguments.integer("at", kMin, kMax, 0));
    condition.add("timestamp <= ?", time);
  }
  return {};
}

// The newest versions of each cell that the condition lets through.
std::string cells_sql(const std::string& condition) {
  return "SELECT row, family, qualifier, timestamp, value FROM (SELECT *, row_number() OVER "
         "(PARTITION BY row, family, qualifier ORDER BY timestamp DESC) AS place FROM "
         "daybook_cells WHERE " +
         condition + ") WHERE place <= ? ORDER BY row, family, qualifier, timestamp DESC";
}

Result<Answer> get(VersionReader& version, const Arguments& arguments, const ReadOptions& options) {
  Condition condition;
  DAYBOOK_TRY(auto row, row_key(version, *arguments.text("row")));
  condition.add("row = ?", std::move(row));
  DAYBOOK_TRY_VOID(narrow(arguments, condition));
  DAYBOOK_TRY(const auto versions, arguments.integer("versions", 1, kMaxVersions, 1));
  condition.values.emplace_back(versions);
  return version.select(cells_sql(condition.sql), condition.values, options);
}

Result<Answer> scan(VersionReader& version, const Arguments& arguments,
                    const ReadOptions& options) {
  Condition rows;
  if (const auto from = arguments.text("from")) {
    DAYBOOK_TRY(auto row, row_key(version, *from));
    rows.add("row >= ?", std::move(row));
  }
  if (const auto to = arguments.text("to")) {
    DAYBOOK_TRY(auto row, row_key(version, *to));
    rows.add("row < ?", std::move(row));
  }
  if (const auto prefix = arguments.text("prefix")) {
    rows.add("row >= ?", *prefix);
    rows.add("substr(row, 1, length(?)) = ?", *prefix);
    rows.values.emplace_back(*prefix);
  }
  DAYBOOK_TRY_VOID(narrow(arguments, rows));
  DAYBOOK_TRY(const auto limit, arguments.integer("limit", 1, kMaxRows, 100));
  DAYBOOK_TRY(const auto versions, arguments.integer("versions", 1, kMaxVersions, 1));
  // The limit counts rows, whatever the number of their cells.
  Condition cells = rows;
  cells.sql += " AND row IN (SELECT DISTINCT row FROM daybook_cells WHERE " + rows.sql +
               " ORDER BY row LIMIT ?)";
  cells.values.insert(cells.values.end(), rows.values.begin(), rows.values.end());
  cells.values.emplace_back(limit);
  cells.values.emplace_back(versions);
  return version.select(cells_sql(cells.sql), cells.values, options);
}

std::vector<Question> wide_questions() {
  const std::vector<QuestionParameter> narrowing = {
      {.name = "family", .meaning = "only of this family"},
      {.name = "column", .meaning = "only this FAMILY:QUALIFIER"},
      {.name = "qualifiers", .meaning = "only qualifiers that begin so"},
      {.name = "at", .meaning = "only cells of this timestamp or before"},
      {.name = "versions", .meaning = "of each cell, the newest first; 1 by default"}};
  std::vector<QuestionParameter> of_get = {
      {.name = "row", .meaning = "the row key", .is_required = true}};
  std::vector<QuestionParameter> of_scan = {
      {.name = "from", .meaning = "the first row key"},
      {.name = "to", .meaning = "the row key to stop before"},
      {.name = "prefix", .meaning = "only row keys that begin so"},
      {.name = "limit", .meaning = "rows; 100 by default"}};
  of_get.insert(of_get.end(), narrowing.begin(), narrowing.end());
  of_scan.insert(of_scan.end(), narrowing.begin(), narrowing.end());
  return {{"get", "the cells of a row", of_get, get},
          {"scan", "the cells of the rows in a range of row keys", of_scan, scan}};
}

class WidePlan final : public ViewPlan {
 public:
  explicit WidePlan(WideOptions options)
      : options_(std::move(options)), key_{"row"}, questions_(wide_questions()) {}

  std::string_view kind() const override { return "wide"; }
  const std::vector<std::string>& key() const override { return key_; }
  const std::vector<Question>& questions() const override { return questions_; }
  bool needs_columns() const override { return false; }

  std::string definition() const override {
    nlohmann::json columns = nlohmann::json::array();
    for (const auto& column : options_.columns) {
      columns.push_back(
          nlohmann::json::array({column.family + ":" + column.qualifier, column.path}));
    }
    nlohmann::json definition = {
        {"row", options_.row}, {"columns", columns}, {"versions", options_.versions}};
    if (!options_.timestamp.empty()) definition["timestamp"] = options_.timestamp;
    return definition.dump();
  }

  std::vector<Error> check(const ViewSpec& spec) const override {
    auto faults = check_paths(spec, {options_.row}, {}, {});
    std::vector<std::string> others;
    for (const auto& column : options_.columns) {
      const auto name = column.family + ":" + column.qualifier;
      if (column.family.empty() || column.qualifier.empty()) {
        faults.push_back({ErrorCode::kInvalid,
                          "column " + name + " must be named FAMILY:QUALIFIER, as in geo:lat"});
      }
      others.push_back(column.path);
    }
    if (!options_.timestamp.empty()) others.push_back(options_.timestamp);
    // A path may be read twice.
    for (const auto& path : others) {
      for (auto& fault : check_paths(spec, {path}, {}, {})) faults.push_back(std::move(fault));
    }
    return faults;
  }

  Result<std::unique_ptr<Fold>> make_fold(const ViewSpec& spec,
                                          const client::Schema& schema) const override {
    return std::make_unique<WideFold>(options_, spec.name, schema);
  }

 private:
  const WideOptions options_;
  const std::vector<std::string> key_;
  const std::vector<Question> questions_;
};

}  // namespace

std::unique_ptr<ViewPlan> make_wide_plan(WideOptions options) {
  return std::make_unique<WidePlan>(std::move(options));
}

}  // namespace daybook::views::wide
