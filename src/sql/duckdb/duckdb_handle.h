// DuckDB's C handles, owned. Included by this room's sources only.

#pragma once

#include <duckdb.h>

#include <string>
#include <utility>

#include "base/result.h"

namespace daybook::sql {

template <class T, void (*Destroy)(T*)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T value) : value_(value) {}
  Handle(Handle&& other) noexcept : value_(std::exchange(other.value_, T{})) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Handle() { reset(); }

  void reset() {
    Destroy(&value_);
    value_ = T{};
  }
  T get() const { return value_; }
  // For functions that return a handle through a pointer.
  T* out() {
    reset();
    return &value_;
  }

 private:
  T value_{};
};

using Database = Handle<duckdb_database, duckdb_close>;
using Connection = Handle<duckdb_connection, duckdb_disconnect>;
using Config = Handle<duckdb_config, duckdb_destroy_config>;
using Prepared = Handle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using LogicalType = Handle<duckdb_logical_type, duckdb_destroy_logical_type>;
using TableFunction = Handle<duckdb_table_function, duckdb_destroy_table_function>;
using Chunk = Handle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using QueryResult = Handle<duckdb_result, duckdb_destroy_result>;

// The text without DuckDB's class in front ("Binder Error: "), which says nothing to a user.
std::string plain_message(const char* message);

// The error of a statement that could not be prepared: wrong, or what is constant in it takes more
// memory than there is. DuckDB's C interface tells these apart by the message alone.
Error prepare_error(const char* message);

// The error of a run that failed.
Error run_error(duckdb_result& result);

}  // namespace daybook::sql
