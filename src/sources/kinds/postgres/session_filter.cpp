#include "sources/kinds/postgres/session_filter.h"

#include <fmt/format.h>

namespace daybook::sources::postgres {
namespace {

std::string joined(const std::vector<std::string>& expressions) {
  std::string list = "(";
  for (const auto& expression : expressions) {
    if (list.size() > 1) list += ", ";
    list += expression;
  }
  return list + ")";
}

std::string literal(const KeyColumn& column, std::string_view text) {
  auto result = fmt::format("{}::{}", quote_text(text), column.sql_type);
  if (!column.collation.empty()) result += " COLLATE " + column.collation;
  return result;
}

}  // namespace

std::string compare_keys(const Table& table, const std::vector<std::string>& left,
                         std::string_view sign, const std::vector<std::string>& right) {
  // A row of one is compared as its value: an index is used for both, but this reads better.
  if (table.key.size() == 1) return fmt::format("{} {} {}", left[0], sign, right[0]);
  return fmt::format("{} {} {}", joined(left), sign, joined(right));
}

std::vector<std::string> key_literals(const Table& table, const KeyText& key) {
  std::vector<std::string> literals;
  for (std::size_t i = 0; i < table.key.size(); ++i) {
    literals.push_back(literal(table.key[i], key[i]));
  }
  return literals;
}

Result<bool> SessionFilter::reached(const KeyText& boundary, const Tuple& row) {
  KeyText key;
  for (const auto& part : table_.key) key.emplace_back(row[part.column].text);
  DAYBOOK_TRY(const auto answer,
              connection_.query("SELECT " + compare_keys(table_, key_literals(table_, key),
                                                         "<=", key_literals(table_, boundary))));
  return answer.at(0).at(0) == "t";
}

Result<bool> SessionFilter::admits(Lsn commit, PartitionId partition, const Tuple& row) {
  if (commit >= sessions_.back().at) return true;
  if (commit < sessions_.front().at) return false;
  // A session's keys end where the next one began to read.
  for (std::size_t i = 0; i + 1 < sessions_.size(); ++i) {
    const auto boundary = sessions_[i + 1].after.find(partition);
    if (boundary == sessions_[i + 1].after.end()) continue;
    DAYBOOK_TRY(const bool is_here, reached(boundary->second, row));
    if (is_here) return commit >= sessions_[i].at;
  }
  return false;  // of the last session, whose point is after the commit
}

}  // namespace daybook::sources::postgres
