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
    {"_topic", TypeId::kVarchar},
    {"_partition", TypeId::kInteger},
    {"_offset", TypeId::kBigint},
    {"_timestamp", TypeId::kTimestamp},
    {"_key", TypeId::kVarchar},
    {"_sign", TypeId::kTinyint},
    {"_order", TypeId::kBigint},
}};

}  // namespace

std::vector<InputColumn> visible_columns(const InputSchema& schema) {
  auto columns = schema.columns;
  for (const auto& pseudo : kPseudo) {
    columns.push_back({std::string(pseudo.name), ColumnType{pseudo.type}});
  }
  return columns;
}

bool is_pseudo_column(std::string_view name) {
  return std::ranges::any_of(kPseudo, [&](const Pseudo& p) { return p.name == name; });
}

}  // namespace daybook::sql
