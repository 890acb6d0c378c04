#include "flow/history/history_transform.h"

#include <algorithm>
#include <map>
#include <set>

#include "client/past_records.h"
#include "flow/history/history.h"
#include "flow/input_events.h"
#include "flow/remembered/event_keys.h"
#include "flow/remembered/time_before.h"
#include "flow/row_output.h"
#include "flow/row_record.h"
#include "flow/schema/input_schema.h"
#include "sql/engine.h"
#include "sql/rows/batch_lookups.h"
#include "sql/rows/row_plan.h"

namespace daybook::flow {
namespace {

constexpr std::size_t kMaxRunEvents = 200'000;  // rows that one run is given, histories included

// An event of the batch, with the key that the history goes by.
struct Keyed {
  std::size_t event = 0;      // of the input events
  std::int64_t clock_ms = 0;  // of its partition, at the event
  std::string key;
};

using PartitionKey = std::pair<std::int32_t, std::string>;

// What the statements are run over at once.
struct Run {
  std::vector<sql::InputEvent> events;
  std::vector<std::size_t> origins;    // of each: which of the batch's events it is there for
  std::vector<RememberedPtr> holding;  // what the events point to
  std::vector<RememberedPtr> added;    // copies of the batch's own, in their order
  std::map<PartitionKey, std::vector<RememberedPtr>> by_key;  // the same
};

class HistoryTransform final : public Transform {
 public:
  HistoryTransform(client::LogClient& log, const ProcessorSpec& spec, BoundLookups lookups)
      : log_(log), spec_(spec), lookups_(std::move(lookups)), output_(spec_.outputs) {}

  Status open(const client::Schema& published) {
    const auto& input = spec_.inputs.front();
    const bool is_change = published.envelope == client::Envelope::kDebezium;
    const std::vector<sql::RowInput> inputs{{input.alias, is_change}};
    const auto conditions = conditions_of(spec_);
    DAYBOOK_TRY(engine_, sql::Engine::open());
    const auto plan = sql::plan_rows(*engine_, spec_.sql, inputs, conditions, true, lookups_.rows);
    if (!plan) return std::unexpected(plan.error().front());
    // Named so, _sign brings the row before a change as well: the last row of an event is the one
    // that counts.
    const auto keys = sql::plan_rows(
        *engine_,
        "SELECT (" + spec_.history->by + ")::VARCHAR AS k, _sign AS s FROM " + input.alias, inputs,
        {});
    if (!keys) return fail(keys.error().front(), "history: by: " + spec_.history->by);
    const auto unknown = input.declared ? UnknownTypes::kRefuse : UnknownTypes::kAsText;
    DAYBOOK_TRY(const auto schema, to_input_schema(input.topic, published, unknown));
    DAYBOOK_TRY_VOID(engine_->set_input(input.alias, schema));
    DAYBOOK_TRY_VOID(check_lookup_names(spec_, schema));
    DAYBOOK_TRY(rows_, sql::BatchLookups::prepare(*engine_, input.alias, lookups_.rows,
                                                  plan->lookups, lookups_.find));
    auto columns = rows_.input_columns();
    const auto prepare = [&](const std::string& sql) -> Result<std::unique_ptr<sql::Statement>> {
      DAYBOOK_TRY(auto statement, engine_->prepare(sql));
      columns.insert(statement->input_columns().begin(), statement->input_columns().end());
      return statement;
    };
    DAYBOOK_TRY(key_statement_, prepare(keys->queries.front().sql));
    for (const auto& query : plan->queries) {
      DAYBOOK_TRY(auto statement, prepare(query.sql));
      DAYBOOK_TRY(auto shape, RowShape::of(statement->columns(), conditions.size()));
      if (!shapes_.empty() && !shape.same_columns(shapes_.front())) {
        return fail(ErrorCode::kInvalid, kDifferentColumns);
      }
      shapes_.push_back(std::move(shape));
      statements_.push_back(std::move(statement));
    }
    batch_ = std::make_unique<sql::DecodedBatch>(
        schema, std::vector<std::size_t>(columns.begin(), columns.end()));
    return {};
  }

  const std::vector<client::Column>& columns() const override { return shapes_.front().columns(); }
  void set_partitions(std::vector<std::int32_t> partitions) override {
    output_.set_partitions(std::move(partitions));
  }

  Status assign(const client::Position& start) override {
    histories_.clear();
    for (const auto& [partition, offset] : start) {
      histories_.emplace(partition.partition.value, History(spec_.history->keep_ms));
      if (auto done = restore(partition, offset); !done) {
        return fail(std::move(done.error()), "reading the history of " + partition.topic + "-" +
                                                 std::to_string(partition.partition.value) +
                                                 " back");
      }
    }
    output_.clear();
    return {};
  }

  Result<std::vector<Rejection>> compute(const client::Batch& batch) override {
    output_.clear();
    rejected_.clear();
    DAYBOOK_TRY_VOID(take(batch));
    output_.finish(batch, rejected_);
    std::vector<Rejection> rejections;
    rejections.reserve(rejected_.size());
    for (auto& [record, reason] : rejected_) rejections.push_back({record, std::move(reason)});
    return rejections;
  }

  Status emit(client::TransactionalWriter& writer) override { return output_.emit(writer); }

 private:
  static constexpr const char* kDifferentColumns =
      "the SELECTs have not the same columns: give them the same names and types, in the same "
      "order";

  // Adds the batch's rows to the output, and its events to the history.
  Status take(const client::Batch& batch) {
    const bool with_headers =
        batch_->column(static_cast<std::size_t>(sql::PseudoColumn::kHeaders)) != nullptr;
    events_.take(batch, spec_.inputs.front().topic, with_headers);
    const auto clocks = clocks_of_events();
    DAYBOOK_TRY(const auto keyed, find_keys(clocks));
    std::size_t first = 0;
    while (first < keyed.size()) {
      const std::size_t last = end_of_run(keyed, first);
      DAYBOOK_TRY_VOID(process(keyed, first, last));
      first = last;
    }
    for (std::size_t i = 0; i < clocks.size(); ++i) {
      history_of(events_.events()[i].partition).advance(clocks[i]);
    }
    std::size_t bytes = 0;
    for (const auto& [partition, history] : histories_) bytes += history.size_bytes();
    if (bytes <= kMaxHistoryBytes) return {};
    return fail(ErrorCode::kNoSpace, "the history has more than " +
                                         std::to_string(kMaxHistoryBytes >> 20) +
                                         " MiB: shorten \"keep\", or run more processes");
  }

  // The largest timestamp of its partition up to each event, also of those that are rejected: what
  // has been rejected is not known when the history is read back.
  std::vector<std::int64_t> clocks_of_events() {
    std::vector<std::int64_t> clocks;
    std::map<std::int32_t, std::int64_t> latest;
    for (const auto& event : events_.events()) {
      const auto now =
          latest.try_emplace(event.partition, history_of(event.partition).clock_ms()).first;
      now->second = std::max(now->second, event.timestamp_ms);
      clocks.push_back(now->second);
    }
    return clocks;
  }

  // The events that can be decoded, in the order of the log, each with its key; the others are
  // rejected.
  Result<std::vector<Keyed>> find_keys(const std::vector<std::int64_t>& clocks) {
    std::vector<sql::InputEvent> events(events_.events().begin(), events_.events().end());
    for (auto& rejected : batch_->decode(events)) {
      rejected_.emplace(events_.record_of(rejected.event), std::move(rejected.reason));
    }
    DAYBOOK_TRY(auto found, read_keys(*key_statement_, *batch_, events.size(), "history: by: "));
    for (auto& [event, reason] : found.rejected) {
      rejected_.emplace(events_.record_of(event), std::move(reason));
    }
    std::vector<Keyed> keyed;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (found.keys[i]) keyed.push_back({i, clocks[i], std::move(*found.keys[i])});
    }
    return keyed;
  }

  History& history_of(std::int32_t partition) {
    return histories_.try_emplace(partition, History(spec_.history->keep_ms)).first->second;
  }

  std::int32_t partition_of(const Keyed& keyed) const {
    return events_.events()[keyed.event].partition;
  }

  // So many events that what one run is given stays within its bound.
  std::size_t end_of_run(const std::vector<Keyed>& keyed, std::size_t first) {
    std::map<PartitionKey, std::size_t> sizes;
    std::size_t total = 0;
    std::size_t last = first;
    while (last < keyed.size() && (last == first || total < kMaxRunEvents)) {
      const auto& next = keyed[last++];
      const auto [size, is_new] = sizes.try_emplace({partition_of(next), next.key}, 0);
      if (is_new) {
        size->second = history_of(partition_of(next)).events_of(next.key, next.clock_ms).size();
      }
      total += ++size->second;
    }
    return last;
  }

  // Computes the events [first, last), each with its history, and adds them to it. If the SQL
  // fails, the halves one after the other, down to the event that it fails on.
  Status process(const std::vector<Keyed>& keyed, std::size_t first, std::size_t last) {
    const auto rows_before = output_.size();
    Run run;
    for (std::size_t i = first; i < last; ++i) add_group(keyed[i], run);
    auto done = compute_run(run);
    if (done) {
      for (std::size_t i = first; i < last; ++i) remember(keyed[i], run.added[i - first]);
      return {};
    }
    if (done.error().code != ErrorCode::kInvalid) return done;
    output_.shrink(rows_before);
    if (last - first == 1) {
      rejected_.emplace(events_.record_of(keyed[first].event), "SQL: " + done.error().message);
      return {};
    }
    const auto middle = first + (last - first) / 2;
    DAYBOOK_TRY_VOID(process(keyed, first, middle));
    return process(keyed, middle, last);
  }

  void remember(const Keyed& keyed, const RememberedPtr& event) {
    auto& history = history_of(partition_of(keyed));
    history.advance(keyed.clock_ms);
    history.add(keyed.key, event);
  }

  // The event, with those that are remembered of its key and those before it in this run.
  void add_group(const Keyed& keyed, Run& run) {
    const auto& event = events_.events()[keyed.event];
    const auto& history = history_of(event.partition);
    auto earlier = history.events_of(keyed.key, keyed.clock_ms);
    auto& in_run = run.by_key[{event.partition, keyed.key}];
    for (const auto& other : in_run) {
      if (history.is_kept(*other, keyed.clock_ms)) earlier.push_back(other);
    }
    const std::size_t skipped =
        earlier.size() > kMaxHistoryOfKey ? earlier.size() - kMaxHistoryOfKey : 0;
    const auto add = [&](const sql::InputEvent& added) {
      run.events.push_back(added);
      run.events.back().group = static_cast<std::int64_t>(keyed.event);
      run.origins.push_back(keyed.event);
    };
    for (std::size_t i = skipped; i < earlier.size(); ++i) {
      add(earlier[i]->event());
      run.holding.push_back(std::move(earlier[i]));
    }
    add(event);
    run.added.push_back(std::make_shared<RememberedEvent>(event));
    in_run.push_back(run.added.back());
  }

  Status compute_run(const Run& run) {
    const auto refused = batch_->decode(run.events);
    if (!refused.empty()) return fail(ErrorCode::kInvalid, refused.front().reason);
    DAYBOOK_TRY_VOID(rows_.fill(*batch_));
    for (std::size_t query = 0; query < statements_.size(); ++query) {
      DAYBOOK_TRY(const auto rows, statements_[query]->run(*batch_));
      DAYBOOK_TRY_VOID(take_rows(*rows, query, run.origins));
    }
    return {};
  }

  Status take_rows(sql::Rows& rows, std::size_t query, const std::vector<std::size_t>& origins) {
    while (true) {
      DAYBOOK_TRY(const bool has_chunk, rows.next_chunk());
      if (!has_chunk) return {};
      for (std::size_t i = 0; i < rows.row_count(); ++i) {
        rows.read(0, i, cell_);
        const auto event = batch_->event_of(static_cast<std::size_t>(cell_.integer));
        auto& row = output_.add();
        row.record = events_.record_of(origins[event]);
        row.query = query;
        row.order = static_cast<std::int64_t>(cell_.integer);
        auto fault = shapes_[query].make(rows, i, row);
        if (!fault) fault = output_.check(row);
        if (fault) return fail(ErrorCode::kInvalid, *fault);
      }
    }
  }

  // Computes what comes before `end` again, as far back as it matters, for what it leaves in the
  // history. The last event before `end` was committed: from its time on, `keep` back, is all that
  // can matter, as no event before the first of that time is younger.
  Status restore(const client::TopicPartition& partition, Offset end) {
    DAYBOOK_TRY(const auto range, log_.offsets(partition));
    if (end <= range.begin) return {};
    Offset from = range.begin;
    DAYBOOK_TRY(const auto newest, time_before(log_, partition, end));
    if (newest && newest->value > spec_.history->keep_ms) {
      const TimestampMs since{newest->value - spec_.history->keep_ms};
      DAYBOOK_TRY(const auto found, log_.offset_at(partition, since));
      from = std::max(from, found);
    }
    const auto take_back = [this](const client::Batch& batch) -> Status {
      DAYBOOK_TRY_VOID(take(batch));
      output_.clear();
      rejected_.clear();
      return {};
    };
    return client::read_between(log_, {{partition, from}}, {{partition, end}}, take_back);
  }

  client::LogClient& log_;
  const ProcessorSpec spec_;
  const BoundLookups lookups_;
  std::unique_ptr<sql::Engine> engine_;
  sql::BatchLookups rows_;  // that the events look up
  std::unique_ptr<sql::Statement> key_statement_;
  std::vector<std::unique_ptr<sql::Statement>> statements_;
  std::vector<RowShape> shapes_;  // of each statement
  std::unique_ptr<sql::DecodedBatch> batch_;
  InputEvents events_;
  std::map<std::int32_t, History> histories_;    // by partition
  std::map<std::size_t, std::string> rejected_;  // records of the batch
  RowOutput output_;
  sql::Cell cell_;
};

}  // namespace

Result<std::unique_ptr<Transform>> make_history_transform(
    client::LogClient& log, const ProcessorSpec& spec, const std::vector<client::Schema>& schemas,
    BoundLookups lookups) {
  if (spec.inputs.size() != 1) {
    return fail(ErrorCode::kInvalid,
                "a processor with history reads one topic: name one in \"from\"");
  }
  auto transform = std::make_unique<HistoryTransform>(log, spec, std::move(lookups));
  DAYBOOK_TRY_VOID(transform->open(schemas.front()));
  return transform;
}

}  // namespace daybook::flow
