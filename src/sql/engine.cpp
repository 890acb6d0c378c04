#include "sql/engine.h"

#include <map>
#include <mutex>

#include "sql/duckdb/batch_scan.h"
#include "sql/duckdb/duck_rows.h"
#include "sql/duckdb/duck_session.h"
#include "sql/select/expression_tree.h"

namespace daybook::sql {
namespace {

constexpr const char* kScanName = "daybook_batch";
constexpr const char* kTablePrefix = "daybook_scan_";  // of the function that reads a table

// A table that is filled by hand, and the source that shows it to DuckDB.
struct Table {
  explicit Table(std::vector<TableColumn> columns) : cells(std::move(columns)) {
    source.columns = cells.columns();
  }
  CellTable cells;
  ScanSource source;
};

// Everything that the statements of an engine can read.
struct Sources {
  ScanSource batch;
  std::vector<std::unique_ptr<Table>> tables;
};

class DuckStatement final : public Statement {
 public:
  DuckStatement(Prepared prepared, std::vector<ResultColumn> columns, Sources& sources)
      : prepared_(std::move(prepared)), columns_(std::move(columns)), sources_(sources) {}

  const std::vector<ResultColumn>& columns() const override { return columns_; }
  const std::vector<std::size_t>& input_columns() const override { return input_columns_; }

  Result<std::unique_ptr<Rows>> run(const DecodedBatch& batch) override {
    auto& rows = sources_.batch.rows;
    rows.count = batch.row_count();
    rows.selection = batch.selection();
    rows.columns.resize(sources_.batch.columns.size());
    for (std::size_t i = 0; i < rows.columns.size(); ++i) rows.columns[i] = batch.column(i);
    return run();
  }

  Result<std::unique_ptr<Rows>> run() override {
    for (const auto& table : sources_.tables) show(*table);
    auto rows = execute();
    sources_.batch.rows = {};
    for (const auto& table : sources_.tables) table->source.rows = {};
    return rows;
  }

  // A run over nothing shows which columns of the input are read.
  Status learn_input_columns() {
    sources_.batch.last_read.clear();
    DAYBOOK_TRY(const auto rows, execute());
    for (const auto column : sources_.batch.last_read) {
      if (column < sources_.batch.columns.size()) input_columns_.push_back(column);
    }
    return {};
  }

 private:
  static void show(Table& table) {
    auto& rows = table.source.rows;
    rows.count = table.cells.row_count();
    rows.columns.clear();
    for (std::size_t i = 0; i < table.source.columns.size(); ++i) {
      rows.columns.push_back(&table.cells.buffer(i));
    }
  }

  Result<std::unique_ptr<Rows>> execute() {
    QueryResult result;
    auto* raw = result.out();
    const auto state = duckdb_execute_prepared(prepared_.get(), raw);
    if (state != DuckDBSuccess) return std::unexpected(run_error(*raw));
    return std::make_unique<DuckRows>(std::move(result), columns_);
  }

  Prepared prepared_;
  std::vector<ResultColumn> columns_;
  std::vector<std::size_t> input_columns_;
  Sources& sources_;
};

class DuckEngine final : public Engine {
 public:
  Status start(const EngineOptions& options) {
    return session_.open({.threads = options.threads, .memory_limit_mb = options.memory_limit_mb});
  }

  Status set_input(const std::string& name, const InputSchema& schema) override {
    sources_.batch.columns.clear();
    for (auto& column : visible_columns(schema)) {
      sources_.batch.columns.push_back({std::move(column.name), column.type});
    }
    DAYBOOK_TRY_VOID(register_batch_scan(session_.connection(), kScanName, sources_.batch));
    DAYBOOK_TRY_VOID(session_.execute("CREATE VIEW " + quoted_name(name) + " AS SELECT * FROM " +
                                      std::string(kScanName) + "()"));
    return session_.execute("SET lock_configuration = true");
  }

  Result<CellTable*> add_table(const std::string& name, std::vector<TableColumn> columns) override {
    auto table = std::make_unique<Table>(std::move(columns));
    const auto scan = kTablePrefix + std::to_string(sources_.tables.size()) + "_" + name;
    DAYBOOK_TRY_VOID(register_batch_scan(session_.connection(), scan, table->source));
    DAYBOOK_TRY_VOID(session_.execute("CREATE OR REPLACE VIEW " + quoted_name(name) +
                                      " AS SELECT * FROM " + quoted_name(scan) + "()"));
    sources_.tables.push_back(std::move(table));
    return &sources_.tables.back()->cells;
  }

  Result<std::unique_ptr<Statement>> prepare(const std::string& sql) override {
    DAYBOOK_TRY(auto prepared, prepare_sql(session_.connection(), sql));
    DAYBOOK_TRY(auto columns, result_columns(prepared.get()));
    auto statement =
        std::make_unique<DuckStatement>(std::move(prepared), std::move(columns), sources_);
    DAYBOOK_TRY_VOID(statement->learn_input_columns());
    return statement;
  }

  Result<std::string> parse_tree(std::string_view sql) override {
    return session_.text("SELECT json_serialize_sql(" + text_literal(sql) + ")");
  }

  Result<std::string> text_of(std::string_view parse_tree) override {
    return session_.text("SELECT json_deserialize_sql(" + text_literal(parse_tree) + "::JSON)");
  }

  Result<FunctionClass> classify(std::string_view function) override {
    DAYBOOK_TRY(const auto* classes, function_classes());
    const auto found = classes->find(function);
    return found == classes->end() ? FunctionClass::kUnknown : found->second;
  }

  void interrupt() override { session_.interrupt(); }

 private:
  using FunctionClasses = std::map<std::string, FunctionClass, std::less<>>;

  // DuckDB's functions are the same in every engine, and listing them takes it long: it is done
  // once in the life of the process.
  Result<const FunctionClasses*> function_classes() {
    static std::mutex mutex;
    static FunctionClasses classes;
    const std::lock_guard lock(mutex);
    if (!classes.empty()) return &classes;
    DAYBOOK_TRY(auto statement,
                prepare("SELECT function_name, max(CASE WHEN function_type = 'aggregate' THEN 3 "
                        "WHEN function_type <> 'scalar' THEN 0 WHEN stability = 'CONSISTENT' THEN "
                        "1 ELSE 2 END) FROM duckdb_functions() GROUP BY 1"));
    DAYBOOK_TRY(auto rows, statement->run());
    constexpr FunctionClass kByRank[] = {FunctionClass::kOther, FunctionClass::kScalar,
                                         FunctionClass::kVolatile, FunctionClass::kAggregate};
    Cell name;
    Cell rank;
    while (true) {
      DAYBOOK_TRY(const bool has_chunk, rows->next_chunk());
      if (!has_chunk) return &classes;
      for (std::size_t i = 0; i < rows->row_count(); ++i) {
        rows->read(0, i, name);
        rows->read(1, i, rank);
        classes[name.text] = kByRank[static_cast<std::size_t>(rank.integer)];
      }
    }
  }

  Sources sources_;  // outlives the connection, whose table functions point to it
  DuckSession session_;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(const EngineOptions& options) {
  auto engine = std::make_unique<DuckEngine>();
  DAYBOOK_TRY_VOID(engine->start(options));
  return engine;
}

}  // namespace daybook::sql
