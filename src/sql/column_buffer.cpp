#include "sql/column_buffer.h"

#include <duckdb.h>

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace daybook::sql {
namespace {

// Sizes of DuckDB's vector elements; a DECIMAL's depends on its width.
std::size_t physical_size(ColumnType type) {
  switch (type.id) {
    case TypeId::kBoolean:
    case TypeId::kTinyint:
    case TypeId::kUtinyint:
      return 1;
    case TypeId::kSmallint:
    case TypeId::kUsmallint:
      return 2;
    case TypeId::kInteger:
    case TypeId::kUinteger:
    case TypeId::kFloat:
    case TypeId::kDate:
      return 4;
    case TypeId::kHugeint:
    case TypeId::kUuid:
      return sizeof(duckdb_hugeint);
    case TypeId::kVarchar:
    case TypeId::kJson:
      return sizeof(duckdb_string_t);
    case TypeId::kDecimal:
      return type.width <= 4 ? 2 : type.width <= 9 ? 4 : type.width <= 18 ? 8 : 16;
    default:
      return 8;
  }
}

template <class T>
bool fits_in(Int128 value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

}  // namespace

ColumnBuffer::ColumnBuffer(ColumnType type) : type_(type), element_size_(physical_size(type)) {}

// Nothing is written that is not going to be.
void ColumnBuffer::grow() {
  constexpr std::size_t kFirstRows = 1024;
  const auto capacity = std::max(kFirstRows, 2 * capacity_);
  auto bytes = std::make_unique_for_overwrite<std::byte[]>(capacity * element_size_);
  auto valid = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
  std::copy_n(bytes_.get(), rows_ * element_size_, bytes.get());
  std::copy_n(valid_.get(), rows_, valid.get());
  bytes_ = std::move(bytes);
  valid_ = std::move(valid);
  capacity_ = capacity;
}

void ColumnBuffer::push_null() {
  if (rows_ == capacity_) grow();
  std::memset(bytes_.get() + rows_ * element_size_, 0, element_size_);
  valid_[rows_++] = 0;
  has_nulls_ = true;
}

bool ColumnBuffer::fits(Int128 value) const {
  switch (type_.id) {
    case TypeId::kBoolean:
      return value == 0 || value == 1;
    case TypeId::kTinyint:
      return fits_in<std::int8_t>(value);
    case TypeId::kSmallint:
      return fits_in<std::int16_t>(value);
    case TypeId::kInteger:
    case TypeId::kDate:
      return fits_in<std::int32_t>(value);
    case TypeId::kUtinyint:
      return fits_in<std::uint8_t>(value);
    case TypeId::kUsmallint:
      return fits_in<std::uint16_t>(value);
    case TypeId::kUinteger:
      return fits_in<std::uint32_t>(value);
    case TypeId::kUbigint:
      return fits_in<std::uint64_t>(value);
    case TypeId::kHugeint:
    case TypeId::kUuid:
    case TypeId::kDecimal:
      return true;
    default:
      return fits_in<std::int64_t>(value);
  }
}

void ColumnBuffer::push_integer(Int128 value) {
  switch (element_size_) {
    case 1:
      return push(static_cast<std::int8_t>(value));
    case 2:
      return push(static_cast<std::int16_t>(value));
    case 4:
      return push(static_cast<std::int32_t>(value));
    case 8:
      return push(static_cast<std::int64_t>(value));
    default:
      return push(value);
  }
}

void ColumnBuffer::push_text(std::string_view text) {
  DAYBOOK_CHECK(text.size() <= std::numeric_limits<std::uint32_t>::max(), "text over 4 GiB");
  duckdb_string_t element{};
  element.value.inlined.length = static_cast<std::uint32_t>(text.size());
  if (text.size() <= sizeof(element.value.inlined.inlined)) {
    std::memcpy(element.value.inlined.inlined, text.data(), text.size());
  } else {
    std::memcpy(element.value.pointer.prefix, text.data(), sizeof(element.value.pointer.prefix));
    element.value.pointer.ptr = const_cast<char*>(text.data());
  }
  push(element);
}

void ColumnBuffer::truncate(std::size_t rows) {
  rows_ = rows;
  if (rows == 0) has_nulls_ = false;
}

}  // namespace daybook::sql
