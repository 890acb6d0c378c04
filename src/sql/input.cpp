#include "sql/input.h"

#include <algorithm>
#include <array>

namespace daybook::sql {
namespace {

struct Pseudo {
  std::string_view name;
  TypeId type;
};

constexpr std::array<Pseudo, kPseudoColumns> kPseudo{{
    {"_sign", TypeId::kTinyint},
    {"_order", TypeId::kBigint},
    {"_partition", TypeId::kInteger},
    {"_offset", TypeId::kBigint},
    {"_timestamp", TypeId::kTimestamp},
    {"_topic", TypeId::kVarchar},
    {"_key", TypeId::kVarchar},
    {"_headers", TypeId::kJson},
    {"_group", TypeId::kBigint},
    {"_new", TypeId::kBoolean},
}};

}  // namespace

std::vector<InputColumn> visible_columns(const InputSchema& schema) {
  std::vector<InputColumn> columns;
  for (const auto& pseudo : kPseudo) {
    columns.push_back({std::string(pseudo.name), ColumnType{pseudo.type}});
  }
  columns.insert(columns.end(), schema.columns.begin(), schema.columns.end());
  return columns;
}

bool is_pseudo_column(std::string_view name) {
  return std::ranges::any_of(kPseudo, [&](const Pseudo& p) { return p.name == name; });
}

}  // namespace daybook::sql
