// What a program's answers become by the columns that are declared for them: each field is read as
// a value of its column's type and written as such (a DECIMAL with its digits), others are left
// out; and the conditions of the outputs are computed, as for the rows of SQL. Where no columns are
// declared an event is what was answered, and goes to every output.
//
// An event one of whose answers does not fit is rejected whole.
//
// One thread.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "flow/exec/answer.h"
#include "flow/processor_spec.h"
#include "flow/row_output.h"
#include "flow/row_record.h"
#include "sql/rows/batch_run.h"

namespace daybook::flow {

class AnswerColumns {
 public:
  using Rejected = std::map<std::size_t, std::string>;

  // kInvalid: a column's type, or a condition.
  static Result<std::unique_ptr<AnswerColumns>> make(const ProcessorSpec& spec);

  const std::vector<client::Column>& columns() const { return columns_; }

  void clear() { answers_.clear(); }
  // One event of an answer, whose record is set: it is in the output now, or after finish(). What
  // does not fit is added to `rejected`, by its record.
  void take(AnswerEvent event, RowOutput& output, Rejected& rejected);
  Status finish(RowOutput& output, Rejected& rejected);

 private:
  AnswerColumns() = default;
  Status open(const ProcessorSpec& spec);
  Status take_rows(sql::Rows& rows, RowOutput& output, Rejected& rejected);

  std::vector<client::Column> columns_;
  std::unique_ptr<sql::Engine> engine_;  // null: no columns
  std::unique_ptr<sql::BatchRun> run_;
  RowShape shape_;
  std::vector<AnswerEvent> answers_;
  sql::Cell cell_;
};

}  // namespace daybook::flow
