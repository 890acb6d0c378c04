#include "flow/window/window_transform.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "client/past_records.h"
#include "flow/input_events.h"
#include "flow/remembered/event_keys.h"
#include "flow/remembered/time_before.h"
#include "flow/row_output.h"
#include "flow/row_record.h"
#include "flow/schema/input_schema.h"
#include "flow/window/open_windows.h"
#include "flow/window/window_rows.h"
#include "sql/rows/window_plan.h"

namespace daybook::flow {
namespace {

constexpr std::size_t kMaxRunEvents = 200'000;    // that one run is given, if it is of more windows
constexpr std::size_t kEventsBetweenLooks = 256;  // at the memory
constexpr std::int64_t kLastMs = 253'402'300'799'999;  // of the year 9999

// A time that windows can be of.
bool has_time(const sql::InputEvent& event) {
  return event.timestamp_ms >= 0 && event.timestamp_ms <= kLastMs;
}

sql::WindowShape shape_of(const WindowSpec& spec) {
  return {.by = spec.by,
          .size_ms = spec.size_ms,
          .is_session = spec.is_session,
          .withdraws = spec.withdraws()};
}

class WindowTransform final : public Transform {
 public:
  WindowTransform(client::LogClient& log, const ProcessorSpec& spec)
      : log_(log), spec_(spec), output_(spec_.outputs), earlier_(spec_.outputs) {}

  Status open(const client::Schema& published) {
    const auto& input = spec_.inputs.front();
    const sql::RowInput row_input{input.alias, published.envelope == client::Envelope::kDebezium};
    const auto conditions = conditions_of(spec_);
    DAYBOOK_TRY(engine_, sql::Engine::open());
    const auto plan =
        sql::plan_windows(*engine_, spec_.sql, row_input, shape_of(window()), conditions);
    if (!plan) return std::unexpected(plan.error().front());
    const auto unknown = input.declared ? UnknownTypes::kRefuse : UnknownTypes::kAsText;
    DAYBOOK_TRY(const auto schema, to_input_schema(input.topic, published, unknown));
    DAYBOOK_TRY_VOID(engine_->set_input(input.alias, schema));
    DAYBOOK_TRY(event_statement_, engine_->prepare(plan->events));
    DAYBOOK_TRY(window_statement_, engine_->prepare(plan->windows));
    DAYBOOK_TRY(shape_, RowShape::of(window_statement_->columns(), conditions.size()));
    std::set<std::size_t> columns;
    for (const auto* statement : {event_statement_.get(), window_statement_.get()}) {
      columns.insert(statement->input_columns().begin(), statement->input_columns().end());
    }
    batch_ = std::make_unique<sql::DecodedBatch>(
        schema, std::vector<std::size_t>(columns.begin(), columns.end()));
    window_rows_ = std::make_unique<WindowRows>(window(), *window_statement_, *batch_, shape_);
    return {};
  }

  const std::vector<client::Column>& columns() const override { return shape_.columns(); }
  void set_partitions(std::vector<std::int32_t> partitions) override {
    earlier_.set_partitions(partitions);
    output_.set_partitions(std::move(partitions));
  }

  Status assign(const client::Position& start) override {
    partitions_.clear();
    for (const auto& [partition, offset] : start) {
      if (auto done = restore(partition, offset); !done) {
        return fail(std::move(done.error()), "reading the windows of " + partition.topic + "-" +
                                                 std::to_string(partition.partition.value) +
                                                 " back");
      }
    }
    output_.clear();
    return {};
  }

  Result<std::vector<Rejection>> compute(const client::Batch& batch) override {
    output_.clear();
    emitted_count_ = 0;
    emits_ = true;
    DAYBOOK_TRY_VOID(take(batch));
    DAYBOOK_TRY_VOID(emit_touched());
    output_.finish(batch, {});
    std::vector<Rejection> rejections;
    rejections.reserve(rejected_.size());
    for (auto& [record, rejection] : rejected_) rejections.push_back(std::move(rejection));
    return rejections;
  }

  Status emit(client::TransactionalWriter& writer) override { return output_.emit(writer); }

 private:
  using PlaceInPartition = std::pair<std::int32_t, WindowPlace>;

  const WindowSpec& window() const { return *spec_.window; }

  OpenWindows& windows_of(std::int32_t partition) {
    return partitions_.try_emplace(partition, OpenWindows(window())).first->second;
  }

  void reject(std::size_t record, std::string reason, bool is_late = false) {
    rejected_.emplace(record, Rejection{record, std::move(reason), is_late});
  }

  // Puts the batch's events into the windows, and emits those that close.
  Status take(const client::Batch& batch) {
    rejected_.clear();
    touched_.clear();
    begins_.clear();
    pending_.clear();
    pending_events_ = 0;
    const bool with_headers =
        batch_->column(static_cast<std::size_t>(sql::PseudoColumn::kHeaders)) != nullptr;
    events_.take(batch, spec_.inputs.front().topic, with_headers);
    const auto events = events_with_clocks();
    for (auto& wrong : batch_->decode(events)) {
      reject(events_.record_of(wrong.event), std::move(wrong.reason));
    }
    DAYBOOK_TRY(const auto found, read_keys(*event_statement_, *batch_, events.size(), "SQL: "));
    for (const auto& [event, reason] : found.rejected) reject(events_.record_of(event), reason);
    for (std::size_t i = 0; i < events.size(); ++i) {
      begins_.try_emplace(events[i].partition, events[i].offset);
      take_event(events[i], found.keys[i], events_.record_of(i));
      if (pending_events_ >= kMaxRunEvents) DAYBOOK_TRY_VOID(emit_pending());
      if (i % kEventsBetweenLooks == 0) DAYBOOK_TRY_VOID(check_memory());
    }
    DAYBOOK_TRY_VOID(check_memory());
    return emit_pending();
  }

  // Each with the largest timestamp of its partition up to it.
  std::vector<sql::InputEvent> events_with_clocks() {
    std::vector<sql::InputEvent> events(events_.events().begin(), events_.events().end());
    std::map<std::int32_t, std::int64_t> latest;
    for (auto& event : events) {
      auto& now =
          latest.try_emplace(event.partition, windows_of(event.partition).clock_ms()).first->second;
      if (has_time(event)) now = std::max(now, event.timestamp_ms);
      event.clock_ms = now;
    }
    return events;
  }

  void take_event(const sql::InputEvent& event, const std::optional<std::string>& key,
                  std::size_t record) {
    if (!has_time(event)) {
      return reject(record, "its timestamp is " + std::to_string(event.timestamp_ms) +
                                " ms: no window is of a time before 1970 or after 9999");
    }
    auto& windows = windows_of(event.partition);
    for (auto& closed : windows.advance(event.timestamp_ms)) {
      emit_closed(event.partition, std::move(closed), record);
    }
    if (!key) return;
    const auto places = windows.add(*key, std::make_shared<RememberedEvent>(event));
    if (places.empty()) {
      return reject(record,
                    "late: it is " + std::to_string(windows.clock_ms() - event.timestamp_ms) +
                        " ms behind the latest event of its partition, and its windows have "
                        "closed",
                    true);
    }
    if (!emits_ || !window().emits_updates) return;
    for (const auto& place : places) touched_[{event.partition, place}] = record;
  }

  void emit_closed(std::int32_t partition, Window window, std::size_t record) {
    if (!emits_) return;
    if (spec_.window->emits_updates) {
      const auto touched = touched_.find({partition, window.place});
      if (touched == touched_.end()) return;  // what was to be said of it has been
      record = touched->second;
      touched_.erase(touched);
    }
    add_pending(std::move(window), record);
  }

  void add_pending(Window window, std::size_t record) {
    pending_events_ += window.events.size();
    const auto time_ms = time_of(window);
    pending_.push_back({std::move(window), record, emitted_count_++, time_ms});
  }

  // A window that has closed is of its last millisecond, so that rows come in the order of their
  // times; one that is open, of its latest event, so that no row is ahead of its events.
  std::int64_t time_of(const Window& window) const {
    if (!spec_.window->emits_updates) return window.place.end_ms - 1;
    std::int64_t latest = window.place.start_ms;
    for (const auto& event : window.events) latest = std::max(latest, event->event().timestamp_ms);
    return latest;
  }

  Status check_memory() const {
    std::size_t bytes = 0;
    for (const auto& [partition, windows] : partitions_) bytes += windows.size_bytes();
    if (bytes <= kMaxWindowBytes) return {};
    return fail(ErrorCode::kNoSpace, "the events of open windows have more than " +
                                         std::to_string(kMaxWindowBytes >> 20) +
                                         " MiB: make windows, or \"late\", shorter, leave events "
                                         "out with WHERE, or run more processes");
  }

  // A session that has become a part of another since is not there: the other was touched as well.
  Status emit_touched() {
    for (const auto& [place, record] : touched_) {
      const auto* events = partitions_.at(place.first).find(place.second);
      if (events == nullptr) continue;
      add_pending({place.second, *events}, record);
      if (pending_events_ >= kMaxRunEvents) DAYBOOK_TRY_VOID(emit_pending());
    }
    return emit_pending();
  }

  Status emit_pending() {
    for (std::size_t first = 0; first < pending_.size();) {
      std::size_t last = first;
      for (std::size_t events = 0; last < pending_.size() && events < kMaxRunEvents; ++last) {
        events += pending_[last].window.events.size();
      }
      DAYBOOK_TRY_VOID(emit_windows(std::span(pending_).subspan(first, last - first)));
      first = last;
    }
    pending_.clear();
    pending_events_ = 0;
    return {};
  }

  Status emit_windows(std::span<const EmittedWindow> windows) {
    const auto rows_before = output_.size();
    const auto set_aside = [this](const EmittedWindow& failed, const std::string& reason) {
      const auto& place = failed.window.place;
      reject(failed.record, "SQL: the window from " + std::to_string(place.start_ms) + " to " +
                                std::to_string(place.end_ms) + " ms of " + window().by + " = " +
                                value_of_key(place.key).value_or("NULL") + ": " + reason);
    };
    DAYBOOK_TRY_VOID(window_rows_->compute(windows, output_, set_aside));
    if (!window().withdraws()) return {};
    // What was emitted of them with the batch that changed them last, maybe in another life: their
    // rows without what this batch has brought.
    std::vector<EmittedWindow> before;
    for (const auto& now : windows) {
      const auto partition = now.window.events.front()->event().partition;
      for (auto& part : sessions_before(now.window, begins_.at(partition), window().size_ms)) {
        before.push_back({std::move(part), now.record, now.number, now.time_ms});
      }
    }
    earlier_.clear();
    const auto had_none = [](const EmittedWindow&, const std::string&) {};
    DAYBOOK_TRY_VOID(window_rows_->compute(before, earlier_, had_none));
    withdraw(earlier_.rows(), output_, rows_before);
    return {};
  }

  // Takes what comes before `end` again, as far back as it matters. The last event before `end` was
  // committed, and the clock has come to its time: so windows whose events are older than `late`
  // and a size before have closed. A session may have begun earlier, in steps of less than a gap.
  Status restore(const client::TopicPartition& partition, Offset end) {
    DAYBOOK_TRY(const auto range, log_.offsets(partition));
    if (end <= range.begin) return {};
    DAYBOOK_TRY(const auto newest, time_before(log_, partition, end));
    const bool is_dated = newest && newest->value >= 0 && newest->value <= kLastMs;
    for (std::int64_t back_ms = window().late_ms + window().size_ms;; back_ms *= 4) {
      Offset from = range.begin;
      if (is_dated && newest->value > back_ms) {
        DAYBOOK_TRY(const auto found,
                    log_.offset_at(partition, TimestampMs{newest->value - back_ms}));
        from = std::max(from, found);
      }
      partitions_.erase(partition.partition.value);
      emits_ = false;
      const auto take_back = [this](const client::Batch& batch) { return take(batch); };
      DAYBOOK_TRY_VOID(
          client::read_between(log_, {{partition, from}}, {{partition, end}}, take_back));
      const auto& windows = windows_of(partition.partition.value);
      if (from == range.begin || windows.is_whole_since(newest->value - back_ms)) return {};
    }
  }

  client::LogClient& log_;
  const ProcessorSpec spec_;
  std::unique_ptr<sql::Engine> engine_;
  std::unique_ptr<sql::Statement> event_statement_;
  std::unique_ptr<sql::Statement> window_statement_;
  RowShape shape_;
  std::unique_ptr<sql::DecodedBatch> batch_;
  std::unique_ptr<WindowRows> window_rows_;
  InputEvents events_;
  std::map<std::int32_t, OpenWindows> partitions_;
  bool emits_ = false;  // not while windows are read back

  // Of the batch.
  std::map<std::size_t, Rejection> rejected_;        // by record
  std::map<std::int32_t, std::int64_t> begins_;      // by partition, the offset of its first event
  std::map<PlaceInPartition, std::size_t> touched_;  // the record that touched it last
  std::vector<EmittedWindow> pending_;
  std::size_t pending_events_ = 0;
  std::size_t emitted_count_ = 0;  // windows
  RowOutput output_;
  RowOutput earlier_;  // rows that windows had before it
};

}  // namespace

Result<std::unique_ptr<Transform>> make_window_transform(
    client::LogClient& log, const ProcessorSpec& spec, const std::vector<client::Schema>& schemas) {
  if (spec.inputs.size() != 1) {
    return fail(ErrorCode::kInvalid,
                "a processor with a window reads one topic: name one in \"from\"");
  }
  auto transform = std::make_unique<WindowTransform>(log, spec);
  DAYBOOK_TRY_VOID(transform->open(schemas.front()));
  return transform;
}

std::vector<std::string> check_window_sql(sql::Engine& parser, const ProcessorSpec& spec,
                                          const sql::RowInput& input) {
  const auto plan =
      sql::plan_windows(parser, spec.sql, input, shape_of(*spec.window), conditions_of(spec));
  std::vector<std::string> messages;
  if (plan) return messages;
  for (const auto& fault : plan.error()) messages.push_back(fault.message);
  return messages;
}

}  // namespace daybook::flow
