// The kind `columnar`: its options in the application file.

#include "views/kinds/columnar/columnar_plan.h"
#include "views/kinds/columnar/columnar_rows.h"
#include "views/view_kind.h"

namespace daybook::views {
namespace {

class ColumnarKind final : public ViewKind {
 public:
  std::string_view name() const override { return "columnar"; }

  std::unique_ptr<ViewPlan> plan(const ViewSpec& spec, Options& options) const override {
    const auto sql = options.required_text("sql");
    const auto partition_by = options.texts("partition_by");
    if (!sql) return nullptr;
    columnar::ColumnarOptions chosen{.sql = *sql};
    if (partition_by) chosen.partition_by = *partition_by;
    return checked(columnar::make_columnar_plan(std::move(chosen)), spec, options, "sql");
  }

  std::unique_ptr<OutsideRows> outside_rows(const std::string& path,
                                            const ViewFileInfo& info) const override {
    return std::make_unique<columnar::ColumnarRows>(path, info);
  }
};

}  // namespace

const ViewKind& columnar_kind();  // view_kind.cpp lists it
const ViewKind& columnar_kind() {
  static const ColumnarKind kind;
  return kind;
}

}  // namespace daybook::views
