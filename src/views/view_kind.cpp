#include "views/view_kind.h"

#include <algorithm>
#include <vector>

namespace daybook::views {

// views/kinds.inc holds one line DAYBOOK_KIND(<kind>) for each folder of views/kinds.
#define DAYBOOK_KIND(kind) const ViewKind& kind##_kind();
#include "views/kinds.inc"
#undef DAYBOOK_KIND

std::span<const ViewKind* const> view_kinds() {
  static const auto kinds = [] {
    std::vector<const ViewKind*> all = {
#define DAYBOOK_KIND(kind) &kind##_kind(),
#include "views/kinds.inc"
#undef DAYBOOK_KIND
    };
    std::ranges::sort(all, {}, &ViewKind::name);
    return all;
  }();
  return kinds;
}

std::vector<Error> check(const ViewSpec& spec, const ViewPlan& plan) {
  auto faults = check_names(spec);
  for (auto& fault : plan.check(spec)) faults.push_back(std::move(fault));
  const bool needs_key = spec.lineage || !spec.changes.empty();
  if (needs_key && plan.key().empty()) {
    faults.push_back({ErrorCode::kInvalid, std::string(spec.lineage ? "lineage" : "changes") +
                                               ": a view of kind " + std::string(plan.kind()) +
                                               " has no rows by key"});
  }
  if (!spec.changes.empty() && spec.changes == spec.topic) {
    faults.push_back({ErrorCode::kInvalid, "changes: the view reads topic " + spec.topic +
                                               ", so it cannot publish its changes there"});
  }
  for (auto& fault : faults) fault.message.insert(0, "view " + spec.name + ": ");
  return faults;
}

std::optional<std::vector<ResultColumn>> declared_columns(const ViewSpec& spec,
                                                          const ViewPlan& plan) {
  if (!spec.declared) return std::nullopt;
  const auto fold = plan.make_fold(spec, *spec.declared);
  if (!fold) return std::nullopt;
  return (*fold)->columns();
}

Error joined(const std::vector<Error>& faults) {
  std::string message;
  for (const auto& fault : faults) message += (message.empty() ? "" : "\n") + fault.message;
  return {ErrorCode::kInvalid, message};
}

std::unique_ptr<ViewPlan> checked(std::unique_ptr<ViewPlan> plan, const ViewSpec& spec,
                                  Options& options, std::string_view option) {
  if (spec.topic.empty()) return plan;
  const auto faults = check(spec, *plan);
  for (const Error& fault : faults) options.fault(option, fault.message);
  return faults.empty() ? std::move(plan) : nullptr;
}

}  // namespace daybook::views
