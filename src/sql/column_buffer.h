// One column of a batch in the physical form of a DuckDB vector: elements of a fixed size, strings
// as references. Grows row by row; one thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "sql/column_type.h"
#include "sql/int128.h"

namespace daybook::sql {

class ColumnBuffer {
 public:
  explicit ColumnBuffer(ColumnType type);

  void clear() { truncate(0); }
  void push_null();
  // T is the type's physical form.
  template <class T>
  void push(T value) {
    if (rows_ == capacity_) grow();
    std::memcpy(bytes_.get() + rows_ * sizeof(T), &value, sizeof(T));
    valid_[rows_++] = 1;
  }
  // In the width of the type, which the value must fit: see fits().
  void push_integer(Int128 value);
  // Points to the text, which must outlive the column's use.
  void push_text(std::string_view text);
  bool fits(Int128 value) const;
  // Drops rows from `rows` on.
  void truncate(std::size_t rows);

  ColumnType type() const { return type_; }
  std::size_t size() const { return rows_; }
  std::size_t element_size() const { return element_size_; }
  const std::byte* element(std::size_t row) const { return bytes_.get() + row * element_size_; }
  bool is_valid(std::size_t row) const { return valid_[row] != 0; }
  bool has_nulls() const { return has_nulls_; }  // it may, once a NULL was pushed

 private:
  void grow();

  ColumnType type_;
  std::size_t element_size_;
  std::size_t rows_ = 0;
  std::size_t capacity_ = 0;  // rows
  std::unique_ptr<std::byte[]> bytes_;
  std::unique_ptr<std::uint8_t[]> valid_;
  bool has_nulls_ = false;
};

}  // namespace daybook::sql
