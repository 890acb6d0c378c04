// The columns that a view's rows are looked up by: values of them as users write them, as SQL finds
// them, and as JSON.
//
// Immutable; any thread.

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/cell.h"
#include "sql/column_type.h"
#include "views/answer.h"
#include "views/sqlite/database.h"

namespace daybook::views {

class KeyColumns {
 public:
  // `names` in the order of ViewPlan::key(); `columns` are the view's. kInvalid, naming it, if the
  // view has no such column.
  static Result<KeyColumns> of(const std::string& view, const std::vector<std::string>& names,
                               const std::vector<ResultColumn>& columns);

  // A value for each, as text of its type. kInvalid if there are not as many, or one does not fit.
  Result<std::vector<sql::Cell>> parse(const std::vector<std::string>& values) const;

  // The rows of a key; a parameter for each column, which may be NULL.
  std::string select_sql() const;
  // Every key of the view, once.
  std::string select_keys_sql() const;
  // `scratch` lives until the statement is reset.
  void bind(sqlite::Statement& statement, std::span<const sql::Cell> key,
            std::vector<std::string>& scratch) const;
  // The key in the first columns of a row; kCorrupt if it is none.
  Status load(const sqlite::Statement& statement, std::vector<sql::Cell>& key) const;
  std::size_t size() const { return names_.size(); }

  // {"account_id":4711}: equal for equal keys.
  std::string to_json(std::span<const sql::Cell> key) const;
  // Whether the text may have come from to_json().
  bool is_key(std::string_view json) const;

 private:
  std::string view_;
  std::vector<std::string> names_;
  std::vector<sql::ColumnType> types_;
};

// Whether both say the same, NULL like NULL.
bool same_key(std::span<const sql::Cell> one, std::span<const sql::Cell> other);

}  // namespace daybook::views
