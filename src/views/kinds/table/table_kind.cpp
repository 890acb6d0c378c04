// The kind `table`: its options in the application file.

#include "views/view_kind.h"

namespace daybook::views {
namespace {

class TableKind final : public ViewKind {
 public:
  std::string_view name() const override { return "table"; }

  void read(Options& options, ViewSpec& spec) const override {
    const auto key = options.required_texts("key");
    const auto sql = options.required_text("sql");
    if (!key || !sql) return;
    spec.key = *key;
    spec.sql = *sql;
    if (spec.topic.empty()) return;  // a fault already; the rest cannot be judged without it
    for (const Error& error : check(spec)) options.fault("sql", error.message);
  }
};

}  // namespace

const ViewKind& table_kind();  // view_kind.cpp lists it
const ViewKind& table_kind() {
  static const TableKind kind;
  return kind;
}

}  // namespace daybook::views
