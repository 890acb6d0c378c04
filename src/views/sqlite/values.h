// A view's values as SQLite has them, both ways.

#pragma once

#include "views/answer.h"
#include "views/sqlite/database.h"

namespace daybook::views::sqlite {

Value value_of(const Statement& statement, int column);

// Text must live until the statement's next reset().
void bind_value(Statement& statement, int parameter, const Value& value);

}  // namespace daybook::views::sqlite
