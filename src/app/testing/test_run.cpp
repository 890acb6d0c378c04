#include "app/testing/test_run.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "app/lookup/view_lookup.h"
#include "app/testing/row_diff.h"
#include "base/uuid.h"
#include "client/memory_log.h"
#include "flow/json_event.h"
#include "flow/make_transform.h"
#include "flow/processor_run.h"
#include "flow/rejected_topic.h"
#include "io/file_system.h"
#include "views/view.h"

namespace daybook::app {
namespace {

using Json = nlohmann::ordered_json;
using client::milliseconds;

constexpr std::size_t kMaxRows = 100'000;
constexpr milliseconds kViewPatience{30'000};
// What is given is written before a view begins: at the end of a topic nothing is to be waited for.
constexpr milliseconds kLongestFetch{5};
// The time of the first given event that has none of its own: 2026-01-01 00:00:00; each further one
// is a second later.
constexpr std::int64_t kFirstTimeMs = 1'767'225'600'000;
constexpr std::int64_t kTimeStepMs = 1'000;

// A folder that goes with this.
class ScratchFolder {
 public:
  ScratchFolder() : path_("/tmp/daybook-test-" + to_string(random_uuid())) {}
  ~ScratchFolder() { static_cast<void>(io::real_file_system().remove_folder(path_)); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class TestRun {
 public:
  TestRun(const AppFile& app, const TestSection& test) : app_(app), test_(test) {}

  // What differs, as lines.
  Result<std::string> run() {
    DAYBOOK_TRY_VOID(make_topics());
    DAYBOOK_TRY_VOID(check_columns());
    for (const TestRows& given : test_.given) DAYBOOK_TRY_VOID(give(given));
    DAYBOOK_TRY_VOID(run_processors());
    std::string all;
    for (const TestRows& expected : test_.expect) {
      const ViewSection* view = find_view(expected.name);
      DAYBOOK_TRY(const Rows got, view == nullptr ? read_topic(expected.name) : read_view(*view));
      Rows rows;
      for (const std::string& row : expected.rows) rows.push_back(parse(row));
      const auto differs = difference(rows, got, view == nullptr);
      if (!differs.empty()) {
        all += (view == nullptr ? "topic " : "view ") + expected.name + "\n" + differs;
      }
    }
    return all;
  }

 private:
  static Json parse(const std::string& row) {
    auto json = Json::parse(row, nullptr, false);
    return json.is_object() ? json : Json{{"_value", row}};
  }

  const ViewSection* find_view(const std::string& name) const {
    const auto found = std::ranges::find_if(
        app_.views, [&](const ViewSection& view) { return view.spec.name == name; });
    return found == app_.views.end() ? nullptr : &*found;
  }

  Status make_topics() {
    for (const TopicSection& topic : app_.topics) {
      DAYBOOK_TRY_VOID(log_->create_topic({topic.name, topic.partitions, {}}));
      topics_.insert(topic.name);
    }
    std::set<std::string> missing;
    for (const TestRows& given : test_.given) missing.insert(given.name);
    for (const auto& processor : app_.processors) {
      for (const auto& input : processor.spec.inputs) missing.insert(input.topic);
    }
    for (const auto& view : app_.views) missing.insert(view.spec.topic);
    for (const auto& topic : missing) {
      if (topics_.insert(topic).second) DAYBOOK_TRY_VOID(log_->create_topic({topic, 1, {}}));
    }
    return {};
  }

  const SourceSection* source_of(const std::string& topic) const {
    const auto writes_it = [&](const SourceSection& source) {
      return std::ranges::find(source.plan->topics(), topic) != source.plan->topics().end();
    };
    const auto found = std::ranges::find_if(app_.sources, writes_it);
    return found == app_.sources.end() ? nullptr : &*found;
  }

  // The changes of a captured table, as its source would write them.
  Status give_changes(const TestRows& given, const SourceSection& source) {
    auto& changes = changes_[&source];
    if (!changes) changes = source.plan->give_changes(*log_);
    for (std::size_t i = 0; i < given.rows.size(); ++i) {
      auto event = flow::json_event_from(given.rows[i]);
      const auto where = "given " + given.name + " (line " + std::to_string(given.place.line) +
                         "), number " + std::to_string(i + 1);
      if (!event) return fail(std::move(event.error()), where);
      if (event->key || event->partition || !event->headers.empty()) {
        return fail(ErrorCode::kInvalid,
                    where +
                        ": its source makes the event of a captured table: of the names that "
                        "begin with _ only _timestamp can be written beside a change");
      }
      auto done = changes->give(given.name, event->value.value_or("null"), time_of(*event));
      if (!done) return fail(std::move(done.error()), where);
    }
    return {};
  }

  TimestampMs time_of(const flow::JsonEvent& event) {
    return event.timestamp.value_or(TimestampMs{kFirstTimeMs + kTimeStepMs * given_++});
  }

  Status give(const TestRows& given) {
    if (const auto* source = source_of(given.name)) return give_changes(given, *source);
    DAYBOOK_TRY(const auto writer, log_->make_writer());
    for (const std::string& row : given.rows) {
      auto event = flow::json_event_from(row);
      if (!event) return fail(std::move(event.error()), "given " + given.name);
      client::OutgoingRecord record;
      record.topic = given.name;
      record.partition = event->partition;
      record.timestamp = time_of(*event);
      record.key = event->key;
      record.value = event->value;
      for (const auto& [name, value] : event->headers) record.headers.push_back({name, value});
      DAYBOOK_TRY_VOID(writer->write(record));
    }
    return writer->flush(milliseconds(0));
  }

  // One processor, with the views that it looks rows up in.
  struct Part {
    const ProcessorSection& section;
    flow::ProcessorIdentity identity;
    std::vector<std::unique_ptr<flow::LookupTable>> tables = {};
    std::unique_ptr<flow::ProcessorRun> run = nullptr;  // once it has begun
  };

  // Those that look rows up in views begin when nothing can come into the views any more.
  Status run_processors() {
    std::vector<Part> parts;
    const auto moving = moving_topics();
    for (const auto& processor : app_.processors) {
      if (!processor.columns || !reads_any(processor.spec, moving)) continue;
      parts.push_back({.section = processor, .identity = {processor.spec.name, "test"}});
    }
    while (true) {
      bool has_begun = false;
      const auto waiting = waiting_topics(parts);
      for (auto& part : parts) {
        if (part.run || looks_into(part.section.spec, waiting)) continue;
        DAYBOOK_TRY_VOID(begin(part));
        has_begun = true;
      }
      if (!has_begun) return {};
      DAYBOOK_TRY_VOID(run_until_quiet(parts));
    }
  }

  static bool reads_any(const flow::ProcessorSpec& spec, const std::set<std::string>& topics) {
    return std::ranges::any_of(spec.inputs,
                               [&](const auto& input) { return topics.contains(input.topic); });
  }

  // That something is given to, or may be written to because of that.
  std::set<std::string> moving_topics() const {
    std::set<std::string> topics;
    for (const TestRows& given : test_.given) {
      if (!given.rows.empty()) topics.insert(given.name);
    }
    for (bool has_grown = true; has_grown;) {
      has_grown = false;
      for (const auto& processor : app_.processors) {
        if (!reads_any(processor.spec, topics)) continue;
        for (const auto& output : processor.spec.outputs) {
          has_grown |= topics.insert(output.topic).second;
        }
        for (const auto& input : processor.spec.inputs) {
          has_grown |= topics.insert(input.topic + flow::kRejectedSuffix).second;
        }
      }
      for (const auto& view : app_.views) {
        const bool publishes = !view.spec.changes.empty() && topics.contains(view.spec.topic);
        if (publishes) has_grown |= topics.insert(view.spec.changes).second;
      }
    }
    return topics;
  }

  // That those who have not begun will write, themselves or through others.
  std::set<std::string> waiting_topics(const std::vector<Part>& parts) const {
    std::set<std::string> topics;
    const auto add_outputs = [&](const flow::ProcessorSpec& spec) {
      bool is_new = false;
      for (const auto& output : spec.outputs) is_new |= topics.insert(output.topic).second;
      return is_new;
    };
    for (const auto& part : parts) {
      if (!part.run) add_outputs(part.section.spec);
    }
    for (bool has_grown = true; has_grown;) {
      has_grown = false;
      for (const auto& part : parts) {
        if (reads_any(part.section.spec, topics)) has_grown |= add_outputs(part.section.spec);
      }
    }
    return topics;
  }

  bool looks_into(const flow::ProcessorSpec& spec, const std::set<std::string>& topics) const {
    return std::ranges::any_of(spec.lookups, [&](const flow::LookupSpec& lookup) {
      return topics.contains(find_view(lookup.view)->spec.topic);
    });
  }

  Status begin(Part& part) {
    const auto& spec = part.section.spec;
    part.tables =
        view_lookups(app_, spec, [this](const std::string& name) { return open_view(name); });
    for (const auto& lookup : spec.lookups) DAYBOOK_TRY_VOID(complete(lookup.view));
    part.run = std::make_unique<flow::ProcessorRun>(*log_, *transactions_, spec, part.identity);
    std::vector<client::Schema> schemas;
    for (const auto& input : spec.inputs) {
      schemas.push_back(input.declared.value_or(client::Schema()));
    }
    auto opened =
        part.run->open(std::move(schemas), flow::make_transform_with(pointers_to(part.tables)));
    if (!opened) return fail(std::move(opened.error()), "processor " + spec.name);
    return {};
  }

  // Over and over, until there is nothing more that one of them has written for another.
  static Status run_until_quiet(std::vector<Part>& parts) {
    for (bool has_moved = true; has_moved;) {
      has_moved = false;
      for (const auto& part : parts) {
        if (!part.run) continue;
        DAYBOOK_TRY(const auto step, part.run->step(milliseconds(0)));
        has_moved |= step.events > 0;
      }
    }
    return {};
  }

  // What is given must be read by somebody who knows its columns.
  Status check_columns() const {
    for (const TestRows& given : test_.given) {
      if (declared_columns_of(given.name) || given.rows.empty()) continue;
      return fail(ErrorCode::kInvalid,
                  "the columns of topic " + given.name + " (line " +
                      std::to_string(given.place.line) + ") are not known: " +
                      (source_of(given.name) == nullptr
                           ? "declare them with \"columns\" under \"topics\""
                           : "write those of its table into \"test_columns\" of its source"));
    }
    for (const auto& processor : app_.processors) {
      for (const auto& lookup : processor.spec.lookups) {
        if (lookup.declared || !is_given_to(processor.spec)) continue;
        return fail(ErrorCode::kInvalid, "processor " + processor.spec.name +
                                             ": the columns of view " + lookup.view +
                                             " are not known without the source of its topic");
      }
    }
    return {};
  }

  bool is_given_to(const flow::ProcessorSpec& spec) const {
    return std::ranges::any_of(test_.given, [&](const TestRows& given) {
      return std::ranges::find(spec.inputs, given.name, &flow::ProcessorInput::topic) !=
             spec.inputs.end();
    });
  }

  bool declared_columns_of(const std::string& topic) const {
    if (const auto* source = source_of(topic)) return source->plan->test_columns(topic).has_value();
    for (const auto& processor : app_.processors) {
      for (const auto& input : processor.spec.inputs) {
        const bool is_known = input.declared || !processor.spec.needs_columns();
        if (input.topic == topic && !is_known) return false;
      }
    }
    return std::ranges::none_of(app_.views, [&](const ViewSection& view) {
      return view.spec.topic == topic && !view.spec.declared;
    });
  }

  Result<Rows> read_topic(const std::string& topic) {
    Rows rows;
    const auto info = log_->describe_topic(topic);
    if (!info) return rows;  // nothing was ever written to it
    for (std::int32_t i = 0; i < info->partitions; ++i) {
      DAYBOOK_TRY(const auto reader, log_->make_reader());
      DAYBOOK_TRY_VOID(reader->assign({{{topic, PartitionId{i}}, Offset{0}}}));
      DAYBOOK_TRY(const auto batch, reader->fetch(kMaxRows, std::size_t{1} << 30, milliseconds(0)));
      for (std::size_t k = 0; k < batch->records().size(); ++k) {
        rows.push_back(flow::json_of(*batch, k));
      }
    }
    return rows;
  }

  // The view of that name, begun if it was not yet.
  Result<views::View*> open_view(const std::string& name) {
    const auto found = views_.find(name);
    if (found != views_.end()) return found->second.get();
    const auto& section = *find_view(name);
    DAYBOOK_TRY(auto view, views::open_view(section.spec, section.plan,
                                            {.log = *log_,
                                             .files = io::real_file_system(),
                                             .clock = io::real_clock(),
                                             .state_folder = folder_.path(),
                                             .transactions = transactions_.get()}));
    view->start();
    return views_.emplace(name, std::move(view)).first->second.get();
  }

  // What the view's topic holds.
  Result<client::Position> end_of(const std::string& topic) {
    client::Position end;
    DAYBOOK_TRY(const auto info, log_->describe_topic(topic));
    DAYBOOK_TRY(const auto ranges, log_->offsets_of(partitions_of(info)));
    for (const auto& [partition, range] : ranges) {
      if (range.end > range.begin) end[partition] = range.end;
    }
    return end;
  }

  // Waits until the view has rows that can be read, and all that there is for it.
  Status complete(const std::string& name) {
    DAYBOOK_TRY(auto* view, open_view(name));
    views::ReadOptions options;
    options.wait_limit = kViewPatience;
    DAYBOOK_TRY(options.min_position, end_of(view->spec().topic));
    const auto deadline = std::chrono::steady_clock::now() + kViewPatience;
    while (true) {
      const auto answer = view->reader().query("SELECT 1 WHERE 0", options);
      if (answer) return {};
      const bool has_begun = answer.error().code != ErrorCode::kUnavailable;
      if (has_begun || std::chrono::steady_clock::now() > deadline) {
        return fail(answer.error(), "view " + name + " (" + view->status().detail + ")");
      }
      std::this_thread::yield();
    }
  }

  Result<Rows> read_view(const ViewSection& section) {
    DAYBOOK_TRY(const auto end, end_of(section.spec.topic));
    if (end.empty()) return Rows{};
    DAYBOOK_TRY_VOID(complete(section.spec.name));
    views::ReadOptions options;
    options.row_limit = views::kMaxRowLimit;
    DAYBOOK_TRY(auto* view, open_view(section.spec.name));
    auto answer = view->reader().query("SELECT * FROM " + section.spec.name, options);
    if (!answer) return fail(std::move(answer.error()), "view " + section.spec.name);
    return rows_of(*answer);
  }

  static Rows rows_of(const views::Answer& answer) {
    Rows rows;
    for (const auto& values : answer.rows) {
      Json row = Json::object();
      for (std::size_t i = 0; i < values.size(); ++i) {
        row[answer.columns[i].name] = std::visit(
            [](const auto& value) -> Json {
              if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
                return nullptr;
              } else {
                return value;
              }
            },
            values[i]);
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

  const AppFile& app_;
  const TestSection& test_;
  std::unique_ptr<client::LogClient> log_ =
      client::make_memory_log(io::real_clock(), kLongestFetch);
  std::unique_ptr<client::Transactions> transactions_ = client::make_memory_transactions(*log_);
  std::set<std::string> topics_;
  std::map<const SourceSection*, std::unique_ptr<sources::GivenChanges>> changes_;
  const ScratchFolder folder_;
  std::map<std::string, std::unique_ptr<views::View>> views_;  // that have begun
  std::int64_t given_ = 0;
};

}  // namespace

std::vector<TestOutcome> run_tests(const AppFile& app) {
  std::vector<TestOutcome> outcomes;
  for (const TestSection& test : app.tests) {
    const auto started = std::chrono::steady_clock::now();
    auto result = TestRun(app, test).run();
    TestOutcome outcome{test.name, test.place, 0, ""};
    outcome.difference = result ? std::move(*result) : result.error().message + "\n";
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - started;
    outcome.duration_ms = taken.count();
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace daybook::app
