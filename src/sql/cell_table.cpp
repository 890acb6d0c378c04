#include "sql/cell_table.h"

#include "base/check.h"
#include "sql/uuid_text.h"

namespace daybook::sql {

CellTable::CellTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {
  for (const auto& column : columns_) buffers_.emplace_back(column.type);
}

void CellTable::clear() {
  for (auto& buffer : buffers_) buffer.clear();
}

void CellTable::push(std::size_t column, const Cell& cell) {
  auto& buffer = buffers_[column];
  const auto id = buffer.type().id;
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return buffer.push_null();
    case Cell::Kind::kInteger:
      DAYBOOK_CHECK(buffer.type().is_integral() && buffer.fits(cell.integer),
                    "a cell of another type");
      return buffer.push_integer(cell.integer);
    case Cell::Kind::kReal:
      DAYBOOK_CHECK(buffer.type().is_real(), "a cell of another type");
      if (id == TypeId::kFloat) return buffer.push(static_cast<float>(cell.real));
      return buffer.push(cell.real);
    case Cell::Kind::kText:
      break;
  }
  DAYBOOK_CHECK(buffer.type().is_text(), "a cell of another type");
  if (id != TypeId::kUuid) return buffer.push_text(cell.text);
  const auto uuid = parse_uuid(cell.text);
  DAYBOOK_CHECK(uuid.has_value(), "the text of a UUID");
  buffer.push(*uuid);
}

}  // namespace daybook::sql
