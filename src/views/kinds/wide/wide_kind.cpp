// The kind `wide`: its options in the application file.

#include "views/kinds/wide/wide_plan.h"
#include "views/view_kind.h"

namespace daybook::views {
namespace {

class WideKind final : public ViewKind {
 public:
  std::string_view name() const override { return "wide"; }

  std::unique_ptr<ViewPlan> plan(const ViewSpec& spec, Options& options) const override {
    const auto row = options.required_text("row");
    const auto columns = options.pairs("columns");
    const auto timestamp = options.text("timestamp");
    const auto versions = options.integer("versions", 1, wide::kMaxVersions);
    if (!columns || columns->empty()) {
      options.fault("columns", "a wide view needs columns: {FAMILY:QUALIFIER: FIELD, ...}");
      return nullptr;
    }
    if (!row) return nullptr;
    wide::WideOptions chosen{
        .row = *row, .timestamp = timestamp.value_or(""), .versions = versions.value_or(1)};
    for (const auto& [name, path] : *columns) {
      const auto colon = name.find(':');
      const bool is_split = colon != std::string::npos;
      chosen.columns.push_back(
          {name.substr(0, colon), is_split ? name.substr(colon + 1) : "", path});
    }
    return checked(wide::make_wide_plan(std::move(chosen)), spec, options, "columns");
  }
};

}  // namespace

const ViewKind& wide_kind();  // view_kind.cpp lists it
const ViewKind& wide_kind() {
  static const WideKind kind;
  return kind;
}

}  // namespace daybook::views
