#include "views/lineage/explain.h"

#include <algorithm>
#include <cmath>

#include "flow/position_text.h"
#include "views/life/built_fold.h"
#include "views/lineage/lineage_store.h"
#include "views/lineage/log_walk.h"
#include "views/lineage/place_walk.h"
#include "views/lineage/row_replay.h"
#include "views/past/past_position.h"

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

std::string subject(const Definition& definition) {
  return "view " + definition.spec.name + " of kind " + std::string(definition.plan->kind());
}

// A key of a version, and where its events are.
struct Subject {
  client::LogClient& log;
  const Definition& definition;
  VersionReader& version;
  KeyColumns columns;
  std::vector<sql::Cell> key;
};

Result<Subject> find_subject(client::LogClient& log, const Definition& definition,
                             VersionReader& version, const std::vector<std::string>& key) {
  const auto& names = definition.plan->key();
  if (names.empty()) {
    return fail(ErrorCode::kUnsupported,
                subject(definition) + " has no rows by key, so that none has a history");
  }
  DAYBOOK_TRY(auto columns, KeyColumns::of(definition.spec.name, names, version.info().columns));
  DAYBOOK_TRY(auto cells, columns.parse(key));
  return Subject{log, definition, version, std::move(columns), std::move(cells)};
}

// The definition at work as the version was built, over a file in memory.
Result<std::unique_ptr<VersionFile>> open_scratch(const Subject& of) {
  const auto& info = of.version.info();
  DAYBOOK_TRY(auto fold, make_built_fold(of.log, of.definition, info));
  if (const auto traced = fold->trace(); !traced) {
    return fail(traced.error(), subject(of.definition) + " has no history of rows");
  }
  return VersionFile::open(":memory:", info.name, info.version, "", std::move(fold));
}

// The events of the key below `end`, and maybe others.
Result<std::unique_ptr<EventWalk>> find_events(const Subject& of, const client::Position& end,
                                               WalkBounds bounds) {
  if (of.definition.spec.lineage) {
    RowLineage lineage;
    const auto key = of.columns.to_json(of.key);
    DAYBOOK_TRY([[maybe_unused]] const auto answer,
                of.version.read({}, [&](sqlite::Database& database, Answer&) -> Status {
                  DAYBOOK_TRY(lineage, read_lineage(database, key));
                  return {};
                }));
    if (lineage.earlier == 0) {
      return PlaceWalk::start(of.log, end, lineage.places, std::move(bounds));
    }
  }
  return LogWalk::start(of.log, end, std::move(bounds));
}

struct Replayed {
  std::unique_ptr<EventWalk> walk;
  RowHistory history;
};

Result<Replayed> replay(const Subject& of, const client::Position& end,
                        const ExplainOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + options.time_limit;
  DAYBOOK_TRY(auto scratch, open_scratch(of));
  RowReplay rows(std::move(scratch), of.columns, of.key, options.event_limit);
  Replayed replayed;
  DAYBOOK_TRY(replayed.walk,
              find_events(of, end, {options.read_limit, deadline, options.is_cancelled}));
  while (true) {
    DAYBOOK_TRY(const auto events, replayed.walk->next(rows.reads_headers()));
    if (events.empty()) break;
    DAYBOOK_TRY_VOID(rows.take(events));
  }
  DAYBOOK_TRY(replayed.history, rows.finish());
  return replayed;
}

std::string what_is_missing(const EventWalk& walk, const client::Position& end) {
  return "the replay ended early because " + walk.stopped_by() + ": of the events below " +
         flow::to_text(end) + " those from " + flow::to_text(walk.position()) +
         " on have not been looked at";
}

std::string why_other(const client::Position& cut) {
  return "the events that the log has make another row than the view's: " +
         (cut.empty() ? "others were removed from the log since the view counted them"
                      : "those before " + flow::to_text(cut) + " are no longer in the log");
}

}  // namespace

Result<Explanation> explain_row(client::LogClient& log, const Definition& definition,
                                VersionReader& version, const std::vector<std::string>& key,
                                const ExplainOptions& options) {
  DAYBOOK_TRY(const auto of, find_subject(log, definition, version, key));
  ReadOptions reading;
  reading.row_limit = kMaxRowsOfKey;
  DAYBOOK_TRY(const auto answer, version.find(definition.plan->key(), key, reading));
  DAYBOOK_TRY(auto replayed, replay(of, answer.position, options));
  const auto& walk = *replayed.walk;
  Explanation explanation{.version = version.info().version,
                          .topic = definition.spec.topic,
                          .position = walk.position(),
                          .columns = answer.columns,
                          .history = std::move(replayed.history),
                          .events_read = walk.events_read()};
  if (!walk.stopped_by().empty()) {
    explanation.missing = what_is_missing(walk, answer.position);
  } else if (!is_same(explanation.history.rows, answer.rows)) {
    DAYBOOK_TRY(const auto cut, cut_off(log, answer.position));
    explanation.missing = why_other(cut);
  }
  explanation.is_complete = explanation.missing.empty();
  return explanation;
}

Result<Answer> find_as_of(client::LogClient& log, const Definition& definition,
                          VersionReader& version, const std::vector<std::string>& key,
                          const AsOf& as_of, const ExplainOptions& options) {
  DAYBOOK_TRY(const auto of, find_subject(log, definition, version, key));
  DAYBOOK_TRY(auto answer, version.find(definition.plan->key(), key, {}));
  const auto& spec = definition.spec;
  DAYBOOK_TRY(answer.position, past_position(log, spec, answer.position, as_of));
  DAYBOOK_TRY_VOID(check_events_below(log, spec, answer.position));
  auto bounded = options;
  bounded.event_limit = 0;
  DAYBOOK_TRY(auto replayed, replay(of, answer.position, bounded));
  const auto& walk = *replayed.walk;
  DAYBOOK_TRY_VOID(check_walked(spec, answer.position, walk.position(), walk.stopped_by(),
                                "allow more, or keep lineage in the view"));
  DAYBOOK_TRY_VOID(check_events_below(log, spec, answer.position));
  answer.rows = std::move(replayed.history.rows);
  return answer;
}

}  // namespace daybook::views
