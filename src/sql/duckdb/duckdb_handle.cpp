#include "sql/duckdb/duckdb_handle.h"

#include <string_view>

namespace daybook::sql {

std::string plain_message(const char* message) {
  std::string_view text = message == nullptr ? "unknown error" : message;
  const auto colon = text.find(" Error: ");
  if (colon != std::string_view::npos && text.find('\n') > colon) {
    text.remove_prefix(colon + std::string_view(" Error: ").size());
  }
  return std::string(text);
}

Error prepare_error(const char* message) {
  const std::string_view text = message == nullptr ? "" : message;
  const bool is_full = text.starts_with("Out of Memory Error: ");
  return {is_full ? ErrorCode::kNoSpace : ErrorCode::kInvalid, plain_message(message)};
}

Error run_error(duckdb_result& result) {
  auto code = ErrorCode::kInvalid;
  switch (duckdb_result_error_type(&result)) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      code = ErrorCode::kNoSpace;
      break;
    case DUCKDB_ERROR_INTERRUPT:
      code = ErrorCode::kCancelled;
      break;
    case DUCKDB_ERROR_IO:
      code = ErrorCode::kIo;
      break;
    default:
      break;
  }
  return {code, plain_message(duckdb_result_error(&result))};
}

}  // namespace daybook::sql
