#include <algorithm>
#include <set>

#include "app/app_reader.h"
#include "app/names.h"
#include "base/units.h"
#include "flow/make_transform.h"

namespace daybook::app {
namespace {

using flow::ProcessorSpec;

void read_from(const Section::Member& member, ProcessorSpec& spec, Faults& faults) {
  if (!member.section->written("from")) {
    faults.add(member.place, "processor " + in_quotes(member.name) +
                                 " has no \"from\": write from: {NAME: TOPIC}, where NAME is what "
                                 "its SQL calls the topic");
    return;
  }
  const auto inputs = member.section->pairs("from");
  if (!inputs) return;
  const Place place = member.section->place_of("from");
  if (inputs->empty() || inputs->size() > flow::kMaxProcessorInputs) {
    faults.add(place, "\"from\" names " + std::to_string(inputs->size()) +
                          " topics: it may be 1 to " + std::to_string(flow::kMaxProcessorInputs));
  }
  std::set<std::string> topics;
  for (const auto& [alias, topic] : *inputs) {
    if (const auto wrong = alias_fault(alias)) {
      faults.add(place, in_quotes(alias) + " in \"from\" " + *wrong);
    }
    if (const auto wrong = topic_name_fault(topic)) {
      faults.add(place, "topic " + in_quotes(topic) + " " + *wrong);
    }
    if (!topics.insert(topic).second) {
      faults.add(place, "topic " + in_quotes(topic) + " is in \"from\" twice: name it once");
    }
    spec.inputs.push_back({.alias = alias, .topic = topic, .declared = {}});
  }
}

// "to: TOPIC", or "to: {TOPIC: EXPRESSION}".
void read_to(const Section::Member& member, ProcessorSpec& spec, Faults& faults) {
  Section& section = *member.section;
  if (!section.written("to")) {
    faults.add(member.place, "processor " + in_quotes(member.name) +
                                 " has no \"to\": write to: TOPIC, or to: {TOPIC: CONDITION}");
    return;
  }
  if (section.is_mapping("to")) {
    const auto rules = section.pairs("to");
    if (!rules) return;
    for (const auto& [topic, when] : *rules) spec.outputs.push_back({topic, when});
  } else if (const auto topic = section.required_text("to")) {
    spec.outputs.push_back({*topic, ""});
  }
  const Place place = section.place_of("to");
  if (spec.outputs.size() > flow::kMaxProcessorOutputs) {
    faults.add(place,
               "\"to\" has more than " + std::to_string(flow::kMaxProcessorOutputs) + " topics");
  }
  for (const auto& output : spec.outputs) {
    if (const auto wrong = topic_name_fault(output.topic)) {
      faults.add(place, "topic " + in_quotes(output.topic) + " " + *wrong);
    }
    if (std::ranges::find(spec.inputs, output.topic, &flow::ProcessorInput::topic) !=
        spec.inputs.end()) {
      faults.add(place, "processor " + in_quotes(member.name) + " would read what it writes: " +
                            in_quotes(output.topic) + " is in \"from\" and in \"to\"");
    }
  }
}

std::optional<std::int64_t> read_time(Options& section, std::string_view name) {
  const auto text = section.required_text(name);
  if (!text) return std::nullopt;
  const auto time_ms = parse_duration_ms(*text);
  if (time_ms && *time_ms > 0) return *time_ms;
  section.fault(
      name, in_quotes(name) + " must be a duration, such as 30d or 10m, not " + in_quotes(*text));
  return std::nullopt;
}

// 0, with a fault, if it is none.
std::int64_t read_window_time(Options& section, std::string_view name) {
  const auto time_ms = read_time(section, name);
  if (!time_ms || *time_ms <= flow::kMaxWindowMs) return time_ms.value_or(0);
  section.fault(name, in_quotes(name) + " is " + std::to_string(flow::kMaxWindowMs / 86'400'000) +
                          "d at most");
  return 0;
}

void read_history(const Section::Member& member, ProcessorSpec& spec, Faults& faults) {
  if (!member.section->written("history")) return;
  Options* section = member.section->section("history");
  if (section == nullptr) return;
  const auto by = section->required_text("by");
  const auto keep_ms = read_time(*section, "keep");
  if (by && keep_ms) spec.history = flow::HistorySpec{*by, *keep_ms};
  if (spec.inputs.size() > 1) {
    faults.add(member.section->place_of("history"),
               "a processor with \"history\" reads one topic: name one in \"from\"");
  }
}

// "window: {tumbling: SIZE}", "{hopping: SIZE, every: TIME}" or "{session: GAP}".
void read_window(const Section::Member& member, ProcessorSpec& spec, Faults& faults) {
  if (!member.section->written("window")) return;
  const Place place = member.section->place_of("window");
  for (const std::string_view other : {"history", "lookup"}) {
    if (!member.section->written(other)) continue;
    faults.add(member.section->place_of(other),
               in_quotes(other) + " and \"window\" cannot be in one processor: make two of them, " +
                   "where one reads what the other writes");
  }
  if (spec.inputs.size() > 1) {
    faults.add(place, "a processor with \"window\" reads one topic: name one in \"from\"");
  }
  Options* section = member.section->section("window");
  if (section == nullptr) return;
  flow::WindowSpec window;
  window.by = section->required_text("by").value_or("");
  std::vector<std::string_view> kinds;
  for (const std::string_view kind : {"tumbling", "hopping", "session"}) {
    if (section->written(kind)) kinds.push_back(kind);
  }
  if (kinds.size() != 1) {
    for (const std::string_view option : {"every", "late", "emit"}) section->written(option);
    faults.add(place,
               "\"window\" is one of tumbling: SIZE, hopping: SIZE with every: TIME, and session: "
               "GAP");
    return;
  }
  const std::string_view kind = kinds.front();
  window.is_session = kind == "session";
  window.size_ms = read_window_time(*section, kind);
  window.every_ms = kind == "hopping" ? read_window_time(*section, "every") : window.size_ms;
  if (section->written("late")) window.late_ms = read_window_time(*section, "late");
  constexpr std::string_view kUpdate = "update";
  window.emits_updates = section->choice("emit", {"final", kUpdate}).value_or("final") == kUpdate;
  if (window.every_ms > window.size_ms) {
    section->fault("every",
                   "\"every\" is longer than the windows: events between them would be in none");
  } else if (window.every_ms > 0 && window.size_ms / window.every_ms >= flow::kMaxWindowsOfEvent) {
    section->fault("every", "each event would be in more than " +
                                std::to_string(flow::kMaxWindowsOfEvent) + " windows");
  }
  spec.window = std::move(window);
}

// "exec: {command: [PROGRAM, ARGUMENT, ...]}" stands where the SQL does otherwise.
void read_exec(const Section::Member& member, const std::string& folder, ProcessorSpec& spec,
               Faults& faults) {
  for (const std::string_view other : {"sql", "history", "window", "lookup"}) {
    if (!member.section->written(other)) continue;
    faults.add(member.section->place_of(other),
               in_quotes(other) + " and \"exec\" cannot be in one processor: make two of them, " +
                   "where one reads what the other writes");
  }
  Options* section = member.section->section("exec");
  if (section == nullptr) return;
  flow::ExecSpec exec{.command = {}, .folder = folder, .columns = {}};
  const auto command = section->required_texts("command");
  if (command) exec.command = *command;
  if (section->written("columns")) exec.columns = read_columns(*section);
  if (section->written("timeout")) {
    const auto timeout_ms = read_time(*section, "timeout");
    if (timeout_ms && *timeout_ms > flow::kMaxExecTimeoutMs) {
      section->fault("timeout",
                     "\"timeout\" is 2m at most: a member of a group that is silent for "
                     "long is put out of it");
    }
    exec.timeout_ms = timeout_ms.value_or(exec.timeout_ms);
  }
  const auto in_flight = section->integer("max_in_flight", 1, flow::kMaxExecInFlight);
  if (in_flight) exec.max_in_flight = static_cast<std::size_t>(*in_flight);
  spec.exec = std::move(exec);
}

ProcessorSection read_processor(const Section::Member& member, const std::string& folder,
                                Faults& faults) {
  ProcessorSection processor{.place = member.place};
  processor.spec.name = member.name;
  if (const auto wrong = part_name_fault(member.name)) {
    faults.add(member.place, "processor " + in_quotes(member.name) + " " + *wrong);
  }
  read_from(member, processor.spec, faults);
  read_to(member, processor.spec, faults);
  if (member.section->written("exec")) {
    read_exec(member, folder, processor.spec, faults);
  } else if (const auto sql = member.section->required_text("sql")) {
    processor.spec.sql = *sql;
  }
  processor.sql_place = member.section->place_of(processor.spec.exec ? "exec" : "sql");
  constexpr std::string_view kStop = "stop";
  processor.spec.stop_on_error =
      member.section->choice("on_error", {"reject", kStop}).value_or("reject") == kStop;
  read_history(member, processor.spec, faults);
  read_window(member, processor.spec, faults);
  read_lookups(member, processor, faults);
  const auto batch = member.section->integer("max_batch", 1, flow::kMaxBatchEvents);
  if (batch) processor.spec.max_batch_events = static_cast<std::size_t>(*batch);
  return processor;
}

// Whether all inputs have columns by now.
bool declare_inputs(const AppFile& app, ProcessorSpec& spec) {
  for (auto& input : spec.inputs) input.declared = declared_columns(app, input.topic);
  return std::ranges::all_of(
      spec.inputs, [](const flow::ProcessorInput& input) { return input.declared.has_value(); });
}

}  // namespace

std::optional<client::Schema> declared_columns(const AppFile& app, const std::string& topic) {
  const auto found = std::ranges::find(app.topics, topic, &TopicSection::name);
  if (found != app.topics.end() && !found->columns.empty()) {
    return client::Schema{.envelope = client::Envelope::kPlain, .columns = found->columns};
  }
  for (const auto& source : app.sources) {
    if (app.purpose != Purpose::kTests) break;
    if (auto schema = source.plan->test_columns(topic)) return schema;
  }
  for (const auto& processor : app.processors) {
    if (!processor.columns || processor.columns->empty()) continue;
    const auto& outputs = processor.spec.outputs;
    if (std::ranges::find(outputs, topic, &flow::ProcessorOutput::topic) == outputs.end()) continue;
    return client::Schema{.envelope = client::Envelope::kPlain, .columns = *processor.columns};
  }
  return std::nullopt;
}

// A processor whose inputs have columns gives its outputs theirs, and so on along a chain.
void derive_columns(AppFile& app) {
  bool has_progress = true;
  while (has_progress) {
    has_progress = false;
    for (auto& processor : app.processors) {
      if (processor.columns) continue;
      const bool are_known =
          declare_inputs(app, processor.spec) && declare_lookups(app, processor.spec);
      if (!are_known && processor.spec.needs_columns()) continue;
      processor.columns = flow::output_columns(processor.spec);
      has_progress |= processor.columns.has_value();
    }
  }
}

void read_processors(Section& root, const std::string& folder, AppFile& app, Faults& faults) {
  for (const Section::Member& member : root.members("processors")) {
    const std::size_t before = faults.count();
    ProcessorSection processor = read_processor(member, folder, faults);
    if (faults.count() == before) app.processors.push_back(std::move(processor));
  }
  derive_columns(app);
}

void check_processors(Section& root, const AppFile& app, Faults& faults) {
  const std::size_t before = faults.count();
  check_lookups(root, app, faults);
  if (faults.count() != before) return;
  for (const auto& processor : app.processors) {
    if (processor.columns) continue;
    for (const std::string& message : flow::check_processor(processor.spec)) {
      faults.add(processor.sql_place,
                 "processor " + in_quotes(processor.spec.name) + ": " + message);
    }
  }
}

}  // namespace daybook::app
