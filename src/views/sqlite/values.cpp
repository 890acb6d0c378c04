#include "views/sqlite/values.h"

namespace daybook::views::sqlite {

Value value_of(const Statement& statement, int column) {
  switch (statement.type(column)) {
    case Statement::Type::kNull:
      return std::monostate();
    case Statement::Type::kInteger:
      return statement.integer(column);
    case Statement::Type::kReal:
      return statement.real(column);
    default:
      return std::string(statement.text(column));
  }
}

void bind_value(Statement& statement, int parameter, const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    statement.bind(parameter, *integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    statement.bind(parameter, *real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    statement.bind(parameter, std::string_view(*text));
  } else {
    statement.bind_null(parameter);
  }
}

}  // namespace daybook::views::sqlite
