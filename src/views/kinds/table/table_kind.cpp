// The kind `table`: its options in the application file.

#include "views/kinds/table/table_plan.h"
#include "views/view_kind.h"

namespace daybook::views {
namespace {

class TableKind final : public ViewKind {
 public:
  std::string_view name() const override { return "table"; }

  std::unique_ptr<ViewPlan> plan(const ViewSpec& spec, Options& options) const override {
    auto key = options.required_texts("key");
    auto sql = options.required_text("sql");
    if (!key || !sql) return nullptr;
    return checked(table::make_table_plan(std::move(*key), std::move(*sql)), spec, options, "sql");
  }
};

}  // namespace

const ViewKind& table_kind();  // view_kind.cpp lists it
const ViewKind& table_kind() {
  static const TableKind kind;
  return kind;
}

}  // namespace daybook::views
