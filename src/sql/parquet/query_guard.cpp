#include "sql/parquet/query_guard.h"

#include <array>
#include <string_view>

namespace daybook::sql {
namespace {

constexpr std::array<std::string_view, 12> kRefused = {"from_json",
                                                       "from_json_strict",
                                                       "json_contains",
                                                       "json_execute_serialized_sql",
                                                       "json_group_structure",
                                                       "json_merge_patch",
                                                       "json_serialize_plan",
                                                       "json_structure",
                                                       "json_transform",
                                                       "json_transform_strict",
                                                       "query",
                                                       "query_table"};

std::unexpected<Error> refused(std::string_view what) {
  return fail(ErrorCode::kInvalid, "SQL: " + std::string(what) + " cannot be used in a query");
}

}  // namespace

Status check_query(DuckSession& session, const std::string& sql) {
  const auto read = session.text("SELECT lower(json_serialize_sql(" + text_literal(sql) + "))");
  if (!read) return std::unexpected(read.error());
  const std::string& tree = *read;
  if (tree.starts_with(R"({"error":true)")) {
    if (tree.contains(R"("error_type":"parser")")) return {};
    return fail(ErrorCode::kInvalid, "SQL: only SELECT is allowed");
  }
  // What the query says itself stands in the tree with its quotes escaped.
  for (const std::string_view name : kRefused) {
    if (tree.contains(R"("function_name":")" + std::string(name) + '"')) return refused(name);
  }
  // JSON becomes a VARIANT level by level.
  if (tree.contains(R"("id":"variant")") || tree.contains(R"("function_name":"variant_)")) {
    return refused("VARIANT");
  }
  return {};
}

}  // namespace daybook::sql
