#include "views/lineage/explain.h"

#include <algorithm>
#include <cmath>

#include "flow/input_schema.h"
#include "flow/position_text.h"
#include "views/lineage/log_walk.h"
#include "views/lineage/row_replay.h"

namespace daybook::views {
namespace {

// Sums of floating-point numbers are rounded differently if they are added in other batches.
constexpr double kRounding = 1e-9;

bool is_same(const Value& one, const Value& other) {
  const auto* a = std::get_if<double>(&one);
  const auto* b = std::get_if<double>(&other);
  if (a == nullptr || b == nullptr) return one == other;
  return *a == *b || std::abs(*a - *b) <= kRounding * std::max(std::abs(*a), std::abs(*b));
}

// The rows of a key have no order.
bool is_same(KeyRows one, KeyRows other) {
  std::ranges::sort(one);
  std::ranges::sort(other);
  return std::ranges::equal(one, other, [](const auto& a, const auto& b) {
    return std::ranges::equal(a, b, [](const Value& x, const Value& y) { return is_same(x, y); });
  });
}

// The definition at work as the version was built, over a file in memory.
Result<std::unique_ptr<VersionFile>> open_scratch(client::LogClient& log,
                                                  const Definition& definition,
                                                  const ViewFileInfo& info) {
  const auto& spec = definition.spec;
  DAYBOOK_TRY(const auto found, flow::find_input_schema(log, spec.topic, spec.declared));
  if (!found.schema && definition.plan->needs_columns()) {
    return fail(ErrorCode::kUnavailable,
                "view " + spec.name + ": waiting for " + found.waiting_for);
  }
  DAYBOOK_TRY(auto fold, definition.plan->make_fold(spec, found.schema.value_or(client::Schema())));
  if (fold->fingerprint() != info.fingerprint) {
    return fail(ErrorCode::kUnavailable,
                "version " + std::to_string(info.version) + " of view " + spec.name +
                    " was built from other columns than topic " + spec.topic +
                    " has now, or by another version of Daybook: rebuild it, and ask again");
  }
  if (const auto traced = fold->trace(); !traced) {
    return fail(traced.error(), "view " + spec.name + " of kind " +
                                    std::string(definition.plan->kind()) +
                                    " cannot explain its rows");
  }
  return VersionFile::open(":memory:", spec.name, info.version, "", std::move(fold));
}

std::string what_is_missing(const LogWalk& walk, const client::Position& end) {
  return "the replay ended early because " + walk.stopped_by() + ": of the events below " +
         flow::to_text(end) + " those from " + flow::to_text(walk.position()) +
         " on have not been looked at";
}

std::string why_other(const LogWalk& walk) {
  client::Position cut;
  for (const auto& [partition, offset] : walk.begin()) {
    if (offset > Offset{0}) cut[partition] = offset;
  }
  return "the events that the log has make another row than the view's: " +
         (cut.empty() ? "others were removed from the log since the view counted them"
                      : "those before " + flow::to_text(cut) + " are no longer in the log");
}

}  // namespace

Result<Explanation> explain_row(client::LogClient& log, const Definition& definition,
                                VersionReader& version, const std::vector<std::string>& key,
                                const ExplainOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + options.time_limit;
  const auto& name = definition.spec.name;
  const auto& key_names = definition.plan->key();
  if (key_names.empty()) {
    return fail(ErrorCode::kUnsupported, "view " + name + " of kind " +
                                             std::string(definition.plan->kind()) +
                                             " has no rows by key, so none can be explained");
  }
  DAYBOOK_TRY(auto columns, KeyColumns::of(name, key_names, version.info().columns));
  DAYBOOK_TRY(auto cells, columns.parse(key));
  ReadOptions reading;
  reading.row_limit = kMaxRowsOfKey;
  DAYBOOK_TRY(const auto answer, version.find(key_names, key, reading));

  DAYBOOK_TRY(auto scratch, open_scratch(log, definition, version.info()));
  RowReplay replay(std::move(scratch), std::move(columns), std::move(cells), options.event_limit);
  DAYBOOK_TRY(
      const auto walk,
      LogWalk::start(log, answer.position, {options.read_limit, deadline, options.is_cancelled}));
  while (true) {
    DAYBOOK_TRY(const auto events, walk->next(replay.reads_headers()));
    if (events.empty()) break;
    DAYBOOK_TRY_VOID(replay.take(events));
  }
  Explanation explanation{.version = version.info().version,
                          .topic = definition.spec.topic,
                          .position = walk->position(),
                          .columns = answer.columns,
                          .history = {},
                          .events_read = walk->events_read(),
                          .missing = ""};
  DAYBOOK_TRY(explanation.history, replay.finish(walk->newest_ms()));
  if (!walk->stopped_by().empty()) {
    explanation.missing = what_is_missing(*walk, answer.position);
  } else if (!is_same(explanation.history.rows, answer.rows)) {
    explanation.missing = why_other(*walk);
  }
  explanation.is_complete = explanation.missing.empty();
  return explanation;
}

}  // namespace daybook::views
