// The kind `table`: its options in the application file.

#include <cstdint>
#include <optional>

#include "base/units.h"
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
    const auto keep_ms = read_keep(options);
    if (!key || !sql || !keep_ms) return nullptr;
    return checked(table::make_table_plan(std::move(*key), std::move(*sql), *keep_ms), spec,
                   options, "sql");
  }

 private:
  // 0: for ever. Nothing if it is no period, which has been reported.
  static std::optional<std::int64_t> read_keep(Options& options) {
    const auto text = options.text("keep");
    if (!text) return 0;
    const auto period = parse_duration_ms(*text);
    if (period && *period < 0) return 0;
    if (period && *period > 0) return *period;
    options.fault("keep", "\"keep\": " +
                              (period ? "it must be longer than nothing" : period.error().message));
    return std::nullopt;
  }
};

}  // namespace

const ViewKind& table_kind();  // view_kind.cpp lists it
const ViewKind& table_kind() {
  static const TableKind kind;
  return kind;
}

}  // namespace daybook::views
