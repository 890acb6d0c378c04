#include "views/lineage/explain.h"

#include <algorithm>
#include <cmath>

#include "flow/input_schema.h"
#include "flow/position_text.h"
#include "views/lineage/lineage_store.h"
#include "views/lineage/log_walk.h"
#include "views/lineage/place_walk.h"
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
  const auto& spec = of.definition.spec;
  const auto& info = of.version.info();
  DAYBOOK_TRY(const auto found, flow::find_input_schema(of.log, spec.topic, spec.declared));
  if (!found.schema && of.definition.plan->needs_columns()) {
    return fail(ErrorCode::kUnavailable,
                "view " + spec.name + ": waiting for " + found.waiting_for);
  }
  const auto schema = found.schema.value_or(client::Schema());
  DAYBOOK_TRY(auto fold, of.definition.plan->make_fold(spec, schema));
  if (fold->fingerprint() + (spec.lineage ? kLineageFingerprint : "") != info.fingerprint) {
    return fail(ErrorCode::kUnavailable,
                "version " + std::to_string(info.version) + " of view " + spec.name +
                    " was built from other columns than topic " + spec.topic +
                    " has now, or by another version of Daybook: rebuild it, and ask again");
  }
  if (const auto traced = fold->trace(); !traced) {
    return fail(traced.error(), subject(of.definition) + " has no history of rows");
  }
  return VersionFile::open(":memory:", spec.name, info.version, "", std::move(fold));
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

// Where the log begins, of those partitions whose first events are gone.
Result<client::Position> cut_off(client::LogClient& log, const client::Position& position) {
  client::Position cut;
  for (const auto& [partition, offset] : position) {
    DAYBOOK_TRY(const auto range, log.offsets(partition));
    if (range.begin > Offset{0}) cut[partition] = range.begin;
  }
  return cut;
}

std::string why_other(const client::Position& cut) {
  return "the events that the log has make another row than the view's: " +
         (cut.empty() ? "others were removed from the log since the view counted them"
                      : "those before " + flow::to_text(cut) + " are no longer in the log");
}

// Every event that the view has counted must still be there, or what it showed is not known.
Status check_log(const Subject& of, const client::Position& position) {
  const auto& topic = of.definition.spec.topic;
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorCode::kUnsupported,
                "view " + of.definition.spec.name + " cannot say what it showed earlier: " + why);
  };
  DAYBOOK_TRY(const auto cut, cut_off(of.log, position));
  if (!cut.empty()) {
    return refuse("the events before " + flow::to_text(cut) + " are no longer in the log");
  }
  DAYBOOK_TRY(const auto config, of.log.topic_config(topic));
  const auto policy = config.find("cleanup.policy");
  if (policy == config.end() || !policy->second.contains("compact")) return {};
  return refuse("topic " + topic + " is compacted, so that it no longer has all of its events");
}

// What the view had read of each partition at the time: the events up to it.
Result<client::Position> position_at(client::LogClient& log, const client::Position& latest,
                                     TimestampMs time) {
  client::Position position;
  for (const auto& [partition, offset] : latest) {
    DAYBOOK_TRY(const auto after, log.offset_at(partition, TimestampMs{time.value + 1}));
    position[partition] = std::min(after, offset);
  }
  return position;
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
  if (const auto* time = std::get_if<TimestampMs>(&as_of)) {
    DAYBOOK_TRY(answer.position, position_at(log, answer.position, *time));
  } else {
    const auto& earlier = std::get<client::Position>(as_of);
    if (!flow::covers(answer.position, earlier)) {
      return fail(ErrorCode::kInvalid, "view " + definition.spec.name + " is at " +
                                           flow::to_text(answer.position) +
                                           " and has not been at " + flow::to_text(earlier));
    }
    answer.position = earlier;
  }
  DAYBOOK_TRY_VOID(check_log(of, answer.position));
  auto bounded = options;
  bounded.event_limit = 0;
  DAYBOOK_TRY(auto replayed, replay(of, answer.position, bounded));
  if (!replayed.walk->stopped_by().empty()) {
    return fail(ErrorCode::kTimedOut, "view " + definition.spec.name + " as of " +
                                          flow::to_text(answer.position) + ": " +
                                          what_is_missing(*replayed.walk, answer.position) +
                                          "; allow more, or keep lineage in the view");
  }
  answer.rows = std::move(replayed.history.rows);
  return answer;
}

}  // namespace daybook::views
