#include "sql/duckdb/duck_session.h"

#include <utility>

#include "sql/duckdb/duckdb_types.h"

namespace daybook::sql {
namespace {

// The first cell of the result, if its type is one of ours.
Cell first_cell(duckdb_result& result) {
  Cell cell;
  const Chunk chunk(duckdb_fetch_chunk(result));
  if (chunk.get() == nullptr || duckdb_data_chunk_get_size(chunk.get()) == 0) return cell;
  const LogicalType type(duckdb_column_logical_type(&result, 0));
  if (const auto ours = column_type(type.get())) {
    read_element(view_of(duckdb_data_chunk_get_vector(chunk.get(), 0)), *ours, 0, cell);
  }
  return cell;
}

Result<Cell> ask(duckdb_connection connection, const std::string& sql) {
  QueryResult result;
  auto* raw = result.out();
  if (duckdb_query(connection, sql.c_str(), raw) != DuckDBSuccess) {
    return std::unexpected(run_error(*raw));
  }
  return first_cell(*raw);
}

}  // namespace

Status DuckSession::open(const SessionOptions& options) {
  Config config;
  duckdb_create_config(config.out());
  const std::pair<const char*, std::string> settings[] = {
      {"threads", std::to_string(options.threads)},
      {"memory_limit", std::to_string(options.memory_limit_mb) + "MB"},
      {"temp_directory", options.spill_folder},
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
  std::string folders;
  for (const auto& folder : options.folders) {
    folders += (folders.empty() ? "" : ", ") + text_literal(folder + "/");
  }
  if (!folders.empty()) DAYBOOK_TRY_VOID(execute("SET allowed_directories = [" + folders + "]"));
  DAYBOOK_TRY_VOID(execute("SET enable_external_access = false"));
  return execute("SET TimeZone = 'UTC'");
}

Status DuckSession::execute(const std::string& sql) {
  DAYBOOK_TRY(const auto cell, ask(connection(), sql));
  return {};
}

Result<std::string> DuckSession::text(const std::string& sql) {
  DAYBOOK_TRY(const auto cell, ask(connection(), sql));
  return cell.text;
}

Result<std::int64_t> DuckSession::number(const std::string& sql) {
  DAYBOOK_TRY(const auto cell, ask(connection(), sql));
  return static_cast<std::int64_t>(cell.integer);
}

std::string text_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out += '\'';
}

}  // namespace daybook::sql
