#include "sql/engine.h"

#include <map>
#include <mutex>

#include "sql/duckdb/batch_scan.h"
#include "sql/duckdb/duckdb_handle.h"
#include "sql/duckdb/duckdb_types.h"

namespace daybook::sql {
namespace {

constexpr const char* kScanName = "daybook_batch";
constexpr const char* kTablePrefix = "daybook_scan_";  // of the function that reads a table

std::string in_quotes(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += c;
    out += c;
  }
  return out += quote;
}

class DuckRows final : public Rows {
 public:
  DuckRows(QueryResult result, const std::vector<ResultColumn>& columns)
      : result_(std::move(result)), columns_(columns) {}

  Result<bool> next_chunk() override {
    auto result = result_.get();
    chunk_ = Chunk(duckdb_fetch_chunk(result));
    vectors_.clear();
    if (chunk_.get() == nullptr) {
      if (duckdb_result_error(&result) != nullptr) return std::unexpected(run_error(result));
      return false;
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      vectors_.push_back(view_of(duckdb_data_chunk_get_vector(chunk_.get(), i)));
    }
    return true;
  }
  std::size_t row_count() const override { return duckdb_data_chunk_get_size(chunk_.get()); }
  void read(std::size_t column, std::size_t row, Cell& cell) const override {
    read_element(vectors_[column], columns_[column].type, row, cell);
  }

 private:
  QueryResult result_;
  const std::vector<ResultColumn>& columns_;
  Chunk chunk_;
  std::vector<VectorView> vectors_;
};

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
    Config config;
    duckdb_create_config(config.out());
    const std::pair<const char*, std::string> settings[] = {
        {"threads", std::to_string(options.threads)},
        {"memory_limit", std::to_string(options.memory_limit_mb) + "MB"},
        {"temp_directory", ""},
        {"enable_external_access", "false"},
        {"autoload_known_extensions", "false"},
        {"autoinstall_known_extensions", "false"},
    };
    for (const auto& [name, value] : settings) {
      if (duckdb_set_config(config.get(), name, value.c_str()) != DuckDBSuccess) {
        return fail(ErrorCode::kUnsupported, std::string("DuckDB does not know setting ") + name);
      }
    }
    char* message = nullptr;
    if (duckdb_open_ext(nullptr, database_.out(), config.get(), &message) != DuckDBSuccess) {
      const auto why = plain_message(message);
      duckdb_free(message);
      return fail(ErrorCode::kIo, "DuckDB does not start: " + why);
    }
    if (duckdb_connect(database_.get(), connection_.out()) != DuckDBSuccess) {
      return fail(ErrorCode::kIo, "DuckDB opens no connection");
    }
    DAYBOOK_TRY_VOID(execute("SET TimeZone = 'UTC'"));
    return {};
  }

  Status set_input(const std::string& name, const InputSchema& schema) override {
    sources_.batch.columns.clear();
    for (auto& column : visible_columns(schema)) {
      sources_.batch.columns.push_back({std::move(column.name), column.type});
    }
    DAYBOOK_TRY_VOID(register_batch_scan(connection_.get(), kScanName, sources_.batch));
    DAYBOOK_TRY_VOID(execute("CREATE VIEW " + in_quotes(name, '"') + " AS SELECT * FROM " +
                             std::string(kScanName) + "()"));
    return execute("SET lock_configuration = true");
  }

  Result<CellTable*> add_table(const std::string& name, std::vector<TableColumn> columns) override {
    auto table = std::make_unique<Table>(std::move(columns));
    const auto scan = kTablePrefix + std::to_string(sources_.tables.size()) + "_" + name;
    DAYBOOK_TRY_VOID(register_batch_scan(connection_.get(), scan, table->source));
    DAYBOOK_TRY_VOID(execute("CREATE OR REPLACE VIEW " + in_quotes(name, '"') +
                             " AS SELECT * FROM " + in_quotes(scan, '"') + "()"));
    sources_.tables.push_back(std::move(table));
    return &sources_.tables.back()->cells;
  }

  Result<std::unique_ptr<Statement>> prepare(const std::string& sql) override {
    Prepared prepared;
    if (duckdb_prepare(connection_.get(), sql.c_str(), prepared.out()) != DuckDBSuccess) {
      return fail(ErrorCode::kInvalid, plain_message(duckdb_prepare_error(prepared.get())));
    }
    std::vector<ResultColumn> columns;
    const auto count = duckdb_prepared_statement_column_count(prepared.get());
    for (idx_t i = 0; i < count; ++i) {
      const char* name = duckdb_prepared_statement_column_name(prepared.get(), i);
      const LogicalType type(duckdb_prepared_statement_column_logical_type(prepared.get(), i));
      const auto ours = column_type(type.get());
      std::string shown = name == nullptr ? "" : name;
      duckdb_free(const_cast<char*>(name));
      if (!ours) {
        return fail(ErrorCode::kUnsupported,
                    "column " + shown +
                        " has a type that a view cannot hold (a list, struct, "
                        "interval, blob or the like): cast it to VARCHAR, JSON or a number");
      }
      columns.push_back({std::move(shown), *ours});
    }
    auto statement =
        std::make_unique<DuckStatement>(std::move(prepared), std::move(columns), sources_);
    DAYBOOK_TRY_VOID(statement->learn_input_columns());
    return statement;
  }

  Result<std::string> parse_tree(std::string_view sql) override {
    return ask("SELECT json_serialize_sql(" + in_quotes(sql, '\'') + ")");
  }

  Result<std::string> text_of(std::string_view parse_tree) override {
    return ask("SELECT json_deserialize_sql(" + in_quotes(parse_tree, '\'') + "::JSON)");
  }

  Result<FunctionClass> classify(std::string_view function) override {
    DAYBOOK_TRY(const auto* classes, function_classes());
    const auto found = classes->find(function);
    return found == classes->end() ? FunctionClass::kUnknown : found->second;
  }

  void interrupt() override { duckdb_interrupt(connection_.get()); }

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

  Status execute(const std::string& sql) {
    DAYBOOK_TRY(const auto answer, ask(sql));
    return {};
  }

  // The first column of the first row as text; empty if there is none.
  Result<std::string> ask(const std::string& sql) {
    QueryResult result;
    auto* raw = result.out();
    if (duckdb_query(connection_.get(), sql.c_str(), raw) != DuckDBSuccess) {
      return std::unexpected(run_error(*raw));
    }
    const Chunk chunk(duckdb_fetch_chunk(*raw));
    Cell cell;
    if (chunk.get() != nullptr && duckdb_data_chunk_get_size(chunk.get()) > 0) {
      const LogicalType type(duckdb_column_logical_type(raw, 0));
      const auto ours = column_type(type.get());
      if (ours && ours->is_text()) {
        read_element(view_of(duckdb_data_chunk_get_vector(chunk.get(), 0)), *ours, 0, cell);
      }
    }
    return cell.text;
  }

  Sources sources_;  // outlives the connection, whose table functions point to it
  Database database_;
  Connection connection_;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(const EngineOptions& options) {
  auto engine = std::make_unique<DuckEngine>();
  DAYBOOK_TRY_VOID(engine->start(options));
  return engine;
}

}  // namespace daybook::sql
