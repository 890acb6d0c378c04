#include "views/life/built_fold.h"

#include "flow/schema/input_schema.h"
#include "views/lineage/lineage_store.h"

namespace daybook::views {

Result<std::unique_ptr<Fold>> make_built_fold(client::LogClient& log, const Definition& definition,
                                              const ViewFileInfo& version) {
  const auto& [spec, plan] = definition;
  DAYBOOK_TRY(const auto found, flow::find_input_schema(log, spec.topic, spec.declared));
  if (!found.schema && plan->needs_columns()) {
    return fail(ErrorCode::kUnavailable,
                "view " + spec.name + ": waiting for " + found.waiting_for);
  }
  DAYBOOK_TRY(auto fold, plan->make_fold(spec, found.schema.value_or(client::Schema())));
  if (fold->fingerprint() + (spec.lineage ? kLineageFingerprint : "") == version.fingerprint) {
    return fold;
  }
  return fail(ErrorCode::kUnavailable,
              "version " + std::to_string(version.version) + " of view " + spec.name +
                  " was built from other columns than topic " + spec.topic +
                  " has now, or by another version of Daybook: rebuild it, and ask again");
}

}  // namespace daybook::views
