#include "flow/lookup/lookup_wait.h"

#include "flow/position_text.h"

namespace daybook::flow {

LookupWait::LookupWait(client::LogClient& log, const ProcessorSpec& spec,
                       const LookupTables& tables)
    : log_(log), spec_(spec), tables_(tables), progress_(tables.size()) {}

Result<std::optional<std::string>> LookupWait::waits_for() {
  std::optional<std::string> waiting;
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    auto& progress = progress_[i];
    if (progress.is_done) continue;
    DAYBOOK_TRY_VOID(find_target(tables_[i]->topic(), progress));
    const auto state = tables_[i]->state();
    progress.is_done = state.columns && progress.target && covers(state.position, *progress.target);
    if (progress.is_done || waiting) continue;
    waiting = "waiting for view " + spec_.lookups[i].view;
    if (!state.detail.empty()) *waiting += ": " + state.detail;
    if (state.detail.empty() && progress.target) {
      *waiting += " to reach " + to_text(*progress.target);
    }
  }
  return waiting;
}

Status LookupWait::find_target(const std::string& topic, Progress& progress) {
  if (progress.target) return {};
  const auto info = log_.describe_topic(topic);
  if (!info && info.error().code == ErrorCode::kNotFound) return {};
  if (!info) return std::unexpected(info.error());
  client::Position target;
  DAYBOOK_TRY(const auto ranges, log_.offsets_of(partitions_of(*info)));
  for (const auto& [partition, range] : ranges) {
    if (range.end > range.begin) target[partition] = range.end;
  }
  progress.target = std::move(target);
  return {};
}

}  // namespace daybook::flow
