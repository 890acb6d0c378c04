#include "sql/duckdb/batch_scan.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/check.h"
#include "sql/duckdb/duckdb_handle.h"
#include "sql/duckdb/duckdb_types.h"

namespace daybook::sql {
namespace {

struct Scan {
  std::vector<std::size_t> columns;  // of the output, in its order
  std::size_t next_row = 0;
};

void bind(duckdb_bind_info info) {
  const auto& source = *static_cast<ScanSource*>(duckdb_bind_get_extra_info(info));
  for (const auto& column : source.columns) {
    const auto type = logical_type(column.type);
    duckdb_bind_add_result_column(info, column.name.c_str(), type.get());
  }
}

void init(duckdb_init_info info) {
  auto& source = *static_cast<ScanSource*>(duckdb_init_get_extra_info(info));
  auto scan = std::make_unique<Scan>();
  for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
    scan->columns.push_back(duckdb_init_get_column_index(info, i));
  }
  source.last_read = scan->columns;
  duckdb_init_set_max_threads(info, 1);
  duckdb_init_set_init_data(info, scan.release(), [](void* p) { delete static_cast<Scan*>(p); });
}

// With a constant size the copy of an element is one instruction.
template <std::size_t Size>
void gather(const std::byte* from, const std::uint32_t* rows, std::size_t count, std::byte* to) {
  for (std::size_t i = 0; i < count; ++i) std::memcpy(to + i * Size, from + rows[i] * Size, Size);
}

void copy_elements(const ColumnBuffer& column, const std::uint32_t* rows, std::size_t first,
                   std::size_t count, std::byte* to) {
  const auto size = column.element_size();
  if (rows == nullptr) {
    std::memcpy(to, column.element(first), count * size);
    return;
  }
  const auto* from = column.element(0);
  switch (size) {
    case 1:
      return gather<1>(from, rows + first, count, to);
    case 2:
      return gather<2>(from, rows + first, count, to);
    case 4:
      return gather<4>(from, rows + first, count, to);
    case 8:
      return gather<8>(from, rows + first, count, to);
    default:
      return gather<16>(from, rows + first, count, to);
  }
}

void fill(const ColumnBuffer& column, const std::uint32_t* rows, std::size_t first,
          std::size_t count, duckdb_vector vector) {
  copy_elements(column, rows, first, count,
                static_cast<std::byte*>(duckdb_vector_get_data(vector)));
  if (!column.has_nulls()) return;
  std::uint64_t* validity = nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    if (column.is_valid(rows == nullptr ? first + i : rows[first + i])) continue;
    if (validity == nullptr) {
      duckdb_vector_ensure_validity_writable(vector);
      validity = duckdb_vector_get_validity(vector);
    }
    duckdb_validity_set_row_invalid(validity, i);
  }
}

void produce(duckdb_function_info info, duckdb_data_chunk chunk) {
  const auto& source = *static_cast<ScanSource*>(duckdb_function_get_extra_info(info));
  auto& scan = *static_cast<Scan*>(duckdb_function_get_init_data(info));
  const auto& rows = source.rows;
  const auto count = std::min<std::size_t>(duckdb_vector_size(), rows.count - scan.next_row);
  for (std::size_t i = 0; i < scan.columns.size() && count > 0; ++i) {
    // count(*) alone asks for a column that is none of ours, and does not look at it.
    if (scan.columns[i] >= source.columns.size()) continue;
    const auto* column = rows.columns[scan.columns[i]];
    if (column == nullptr) {
      return duckdb_function_set_error(info, "a column was not decoded for this statement");
    }
    fill(*column, rows.selection, scan.next_row, count, duckdb_data_chunk_get_vector(chunk, i));
  }
  scan.next_row += count;
  duckdb_data_chunk_set_size(chunk, count);
}

}  // namespace

Status register_batch_scan(duckdb_connection connection, const std::string& name,
                           ScanSource& source) {
  const TableFunction function(duckdb_create_table_function());
  duckdb_table_function_set_name(function.get(), name.c_str());
  duckdb_table_function_set_extra_info(function.get(), &source, nullptr);
  duckdb_table_function_set_bind(function.get(), bind);
  duckdb_table_function_set_init(function.get(), init);
  duckdb_table_function_set_function(function.get(), produce);
  duckdb_table_function_supports_projection_pushdown(function.get(), true);
  if (duckdb_register_table_function(connection, function.get()) != DuckDBSuccess) {
    return fail(ErrorCode::kInvalid, "cannot make an input of topic columns named " + name);
  }
  return {};
}

}  // namespace daybook::sql
