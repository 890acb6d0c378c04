#include "sources/kinds/postgres/given/written_changes.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "base/units.h"
#include "io/clock.h"
#include "sources/kinds/postgres/given/printed_value.h"
#include "sources/kinds/postgres/outlet.h"
#include "sources/kinds/postgres/row_change.h"

namespace daybook::sources::postgres {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::optional<std::string>>;  // as PostgreSQL prints it

constexpr std::string_view kDatabase = "test";

Tuple tuple_of(const Row& row) {
  Tuple tuple;
  for (const auto& value : row) {
    tuple.push_back(value ? Field{FieldKind::kText, *value} : Field{FieldKind::kNull, {}});
  }
  return tuple;
}

struct Written {
  char op = 'r';  // c, u, d; r: a row that was there before
  Json row;       // of u and d: the key
  Json set = {};  // of u
};

bool is_change(const Json& json, const char* verb, std::size_t members) {
  return json.size() == members && json.contains(verb) && json.at(verb).is_object();
}

Result<Written> read_change(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (is_change(json, "insert", 1)) return Written{.op = 'c', .row = json.at("insert")};
  if (is_change(json, "delete", 1)) return Written{.op = 'd', .row = json.at("delete")};
  if (is_change(json, "update", 2) && is_change(json, "set", 2)) {
    return Written{.op = 'u', .row = json.at("update"), .set = json.at("set")};
  }
  const bool is_half = is_change(json, "update", 1) || is_change(json, "update", 2);
  if (json.is_object() && !is_half) return Written{.row = json};
  return fail(
      ErrorCode::kInvalid,
      "it is no change: write {insert: ROW}, {update: KEY, set: COLUMNS}, {delete: KEY}, or "
      "a ROW alone, where each is a mapping of columns");
}

// One table with the rows that it has by now.
class TestTable {
 public:
  TestTable(const GivenTable& given, const PostgresConfig& config, std::int32_t partitions)
      : given_(given), flow_(given.table, config, kDatabase) {
    flow_.table.partitions = partitions;
    flow_.written.resize(static_cast<std::size_t>(partitions));
  }

  Status write(Outlet& outlet, const Written& change, const Origin& origin) {
    if (change.op == 'c' || change.op == 'r') return add(outlet, change, origin);
    DAYBOOK_TRY(const auto found, find(change.row));
    if (change.op == 'd') {
      const Tuple before = tuple_of(found->second);
      DAYBOOK_TRY_VOID(outlet.write_change(flow_, 'd', 0, &before, nullptr, origin));
      rows_.erase(found);
      return {};
    }
    Row row = found->second;
    DAYBOOK_TRY_VOID(fill(change.set, row));
    DAYBOOK_TRY(const Row key, key_of(row));
    const bool is_taken = key != found->first && rows_.contains(key);
    if (is_taken) return fail(ErrorCode::kInvalid, there_is("already a row with", change.set));
    const Tuple before = tuple_of(found->second);
    const Tuple after = tuple_of(row);
    DAYBOOK_TRY_VOID(
        write_update(flow_.table, before, after,
                     [&](char op, std::uint32_t part, const Tuple* old_row, const Tuple* new_row) {
                       return outlet.write_change(flow_, op, part, old_row, new_row, origin);
                     }));
    rows_.erase(found);
    rows_[key] = std::move(row);
    return {};
  }

 private:
  Status add(Outlet& outlet, const Written& change, const Origin& origin) {
    Row row(columns().size());
    DAYBOOK_TRY_VOID(fill(change.row, row));
    DAYBOOK_TRY(const Row key, key_of(row));
    if (rows_.contains(key)) {
      return fail(ErrorCode::kInvalid, there_is("already a row with the key of", change.row));
    }
    const Tuple tuple = tuple_of(row);
    DAYBOOK_TRY_VOID(change.op == 'r'
                         ? outlet.write_row(flow_, tuple, origin)
                         : outlet.write_change(flow_, 'c', 0, nullptr, &tuple, origin));
    rows_[key] = std::move(row);
    return {};
  }

  // Puts what is written into the row.
  Status fill(const Json& written, Row& row) const {
    for (const auto& [name, value] : written.items()) {
      const auto found = std::ranges::find(columns(), name, &TableColumn::name);
      if (found == columns().end()) return no_column(name);
      const auto at = static_cast<std::size_t>(found - columns().begin());
      auto printed = printed_value(*found, value);
      if (!printed) {
        return fail(std::move(printed.error()),
                    fmt::format("column \"{}\" is {}", name, given_.types[at]));
      }
      row[at] = std::move(*printed);
    }
    return {};
  }

  std::unexpected<Error> no_column(const std::string& name) const {
    std::string known;
    for (const auto& column : columns()) known += (known.empty() ? "" : ", ") + column.name;
    return fail(ErrorCode::kInvalid,
                fmt::format("table {} has no column \"{}\": it has {}, as its \"test_columns\" say",
                            flow_.table.name.text(), name, known));
  }

  Result<Row> key_of(const Row& row) const {
    Row key;
    for (const auto& part : flow_.table.key) {
      const auto& value = row[part.column];
      if (!value) {
        return fail(ErrorCode::kInvalid,
                    fmt::format("column \"{}\" is of the primary key and must be there",
                                columns()[part.column].name));
      }
      key.push_back(value);
    }
    return key;
  }

  Result<std::map<Row, Row>::iterator> find(const Json& written) {
    Row row(columns().size());
    DAYBOOK_TRY_VOID(fill(written, row));
    DAYBOOK_TRY(const Row key, key_of(row));
    if (written.size() > flow_.table.key.size()) {
      return fail(ErrorCode::kInvalid,
                  "a row is found by its primary key: name no other columns in \"update\" and "
                  "\"delete\"");
    }
    const auto found = rows_.find(key);
    if (found != rows_.end()) return found;
    return fail(ErrorCode::kInvalid,
                there_is("no row with", written) + ": give or insert it first");
  }

  std::string there_is(std::string_view what, const Json& row) const {
    return fmt::format("in table {} there is {} {}", flow_.table.name.text(), what,
                       row.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  const std::vector<TableColumn>& columns() const { return flow_.table.columns; }

  const GivenTable& given_;
  Outflow flow_;
  std::map<Row, Row> rows_;  // by key
};

class WrittenChanges final : public GivenChanges {
 public:
  WrittenChanges(const PostgresConfig& config, client::LogClient& log)
      : config_(config), log_(log), outlet_(config, log, board_) {}

  Status give(const std::string& topic, std::string_view change, TimestampMs time) override {
    DAYBOOK_TRY(const Written written, read_change(change));
    DAYBOOK_TRY(TestTable* const table, table_of(topic));
    // Each change is a transaction of its own.
    ++transactions_;
    Origin origin;
    origin.lsn = origin.commit = Lsn{transactions_};
    origin.time_us = origin.captured_us = time.value * kMicrosPerMs;
    origin.transaction = written.op == 'r' ? 0 : static_cast<std::uint32_t>(transactions_);
    DAYBOOK_TRY_VOID(outlet_.settle({}));
    DAYBOOK_TRY_VOID(table->write(outlet_, written, origin));
    return outlet_.flush({}, [] { return Status(); });
  }

 private:
  Result<TestTable*> table_of(const std::string& topic) {
    const auto open = tables_.find(topic);
    if (open != tables_.end()) return open->second.get();
    const auto given = std::ranges::find(config_.test_tables, topic,
                                         [](const GivenTable& each) { return each.table.topic; });
    if (given == config_.test_tables.end()) {
      return fail(ErrorCode::kInvalid, "the columns of its table are not known");
    }
    DAYBOOK_TRY(const auto info, log_.describe_topic(topic));
    auto table = std::make_unique<TestTable>(*given, config_, info.partitions);
    return tables_.emplace(topic, std::move(table)).first->second.get();
  }

  const PostgresConfig& config_;
  client::LogClient& log_;
  StatusBoard board_{"test", "postgres", io::real_clock()};
  Outlet outlet_;
  std::uint64_t transactions_ = 0;
  std::map<std::string, std::unique_ptr<TestTable>> tables_;  // by topic
};

}  // namespace

std::unique_ptr<GivenChanges> make_given_changes(const PostgresConfig& config,
                                                 client::LogClient& log) {
  return std::make_unique<WrittenChanges>(config, log);
}

}  // namespace daybook::sources::postgres
