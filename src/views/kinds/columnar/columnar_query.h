// The SELECT of a columnar view, planned over a topic's columns: one statement that gives, for each
// row, the event that it is of, the columns that are written, and the folder that they belong in.

#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "sql/engine.h"
#include "sql/rows/batch_run.h"

namespace daybook::views::columnar {

struct ColumnarOptions {
  std::string sql;
  std::vector<std::string> partition_by = {};
};

struct ColumnarQuery {
  std::unique_ptr<sql::Engine> engine;     // outlives run
  std::unique_ptr<sql::BatchRun> run;      // columns: _order, then `written`, then the folder
  std::vector<sql::ResultColumn> columns;  // all, as the SELECT has them
  std::vector<sql::TableColumn> written;   // without those of partition_by
  std::string text;
};

// Every fault that can be found without the topic's columns.
std::vector<Error> check_columnar(const ColumnarOptions& options, const std::string& input);

std::expected<ColumnarQuery, std::vector<Error>> plan_columnar(const ColumnarOptions& options,
                                                               const std::string& input,
                                                               const sql::InputSchema& schema);

}  // namespace daybook::views::columnar
