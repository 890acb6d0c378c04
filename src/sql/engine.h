// DuckDB, embedded, as a function from a batch of events to rows. An Engine knows its input by
// name, and tables that are filled by hand; a Statement is prepared once and run over batch after
// batch. Nothing is ever stored in the engine: it computes, views keep state.
//
// The SQL is a user's: the engine reads no files, loads no extensions, opens no connections, and
// its settings are locked. Times are UTC.
//
// Threads: an Engine and its statements are used by one thread at a time; interrupt() by any.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "sql/cell_table.h"
#include "sql/column_type.h"
#include "sql/decoded_batch.h"
#include "sql/input.h"

namespace daybook::sql {

struct EngineOptions {
  int threads = 1;
  int memory_limit_mb = 512;
};

struct ResultColumn {
  std::string name;
  ColumnType type;
  friend bool operator==(const ResultColumn&, const ResultColumn&) = default;
};

// The rows that one run of a statement gave, a chunk at a time.
class Rows {
 public:
  virtual ~Rows() = default;
  // Moves to the next chunk; false at the end.
  virtual Result<bool> next_chunk() = 0;
  virtual std::size_t row_count() const = 0;  // of the chunk
  virtual void read(std::size_t column, std::size_t row, Cell& cell) const = 0;
};

class Statement {
 public:
  virtual ~Statement() = default;
  virtual const std::vector<ResultColumn>& columns() const = 0;
  // What it reads of the input: indexes into visible_columns().
  virtual const std::vector<std::size_t>& input_columns() const = 0;
  // Runs over the batch, which must hold input_columns(). kInvalid: a value made the SQL fail.
  virtual Result<std::unique_ptr<Rows>> run(const DecodedBatch& batch) = 0;
  // Runs over no events: for statements that read tables of add_table() alone.
  virtual Result<std::unique_ptr<Rows>> run() = 0;
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> open(const EngineOptions& options = {});
  virtual ~Engine() = default;

  // Makes the events of a topic readable as table `name`. One input per engine.
  virtual Status set_input(const std::string& name, const InputSchema& schema) = 0;

  // Makes a table `name` of rows that are filled in by hand; each run reads what is in it then.
  // Statements that are prepared later read it in the place of an older one of the name. The engine
  // owns it.
  virtual Result<CellTable*> add_table(const std::string& name,
                                       std::vector<TableColumn> columns) = 0;

  // kInvalid with DuckDB's words if the SQL is wrong; kUnsupported if a result column has a type
  // that cannot be held.
  virtual Result<std::unique_ptr<Statement>> prepare(const std::string& sql) = 0;

  // DuckDB's parse tree of the SQL, as the JSON of its json_serialize_sql(), and back.
  virtual Result<std::string> parse_tree(std::string_view sql) = 0;
  virtual Result<std::string> text_of(std::string_view parse_tree) = 0;

  enum class FunctionClass : std::uint8_t {
    kUnknown,
    kScalar,
    kVolatile,   // another result when it is replayed: random(), now()
    kAggregate,  // many rows into one
    kOther,      // table functions, macros, window functions
  };
  virtual Result<FunctionClass> classify(std::string_view function) = 0;

  // Makes a run that is under way fail with kCancelled.
  virtual void interrupt() = 0;
};

}  // namespace daybook::sql
