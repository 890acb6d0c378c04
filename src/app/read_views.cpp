#include <algorithm>

#include "app/app_reader.h"
#include "app/names.h"
#include "views/view_kind.h"

namespace daybook::app {
namespace {

// The one topic that the view reads, or nothing after a fault.
std::optional<std::pair<std::string, std::string>> read_one_input(const Section::Member& member,
                                                                  Faults& faults) {
  if (!member.section->written("from")) {
    faults.add(member.place, "view " + in_quotes(member.name) +
                                 " has no \"from\": write from: {NAME: TOPIC}, where NAME is what "
                                 "its SQL calls the topic");
    return std::nullopt;
  }
  const auto inputs = member.section->pairs("from");
  if (!inputs) return std::nullopt;
  if (inputs->size() != 1) {
    faults.add(member.section->place_of("from"),
               inputs->empty() ? "\"from\" names no topic: write from: {NAME: TOPIC}"
                               : "a view of several topics is not available in this version of "
                                 "Daybook: name one topic in \"from\"");
    return std::nullopt;
  }
  const auto& [alias, topic] = inputs->front();
  if (const auto wrong = alias_fault(alias)) {
    faults.add(member.section->place_of("from"), in_quotes(alias) + " in \"from\" " + *wrong);
  }
  if (const auto wrong = topic_name_fault(topic)) {
    faults.add(member.section->place_of("from"), "topic " + in_quotes(topic) + " " + *wrong);
  }
  return inputs->front();
}

// The kind that this view is of, or null after a fault.
const views::ViewKind* find_view_kind(const Section::Member& member, Faults& faults) {
  const views::ViewKind* found = nullptr;
  for (const views::ViewKind* kind : views::view_kinds()) {
    if (!member.section->written(kind->name())) continue;
    if (found != nullptr) {
      faults.add(member.place, "view " + in_quotes(member.name) + " is both a " +
                                   std::string(found->name()) + " and a " +
                                   std::string(kind->name()) + ": make them two views");
      return nullptr;
    }
    found = kind;
  }
  if (found == nullptr) {
    faults.add(member.place,
               "view " + in_quotes(member.name) +
                   " does not say what it is; known kinds: " + names_of(views::view_kinds()));
  }
  return found;
}

void read_on_error(const Section::Member& member, ViewSection& view) {
  constexpr std::string_view kStop = "stop";
  const auto on_error = member.section->choice("on_error", {"reject", kStop});
  view.spec.stop_on_error = on_error == kStop;
}

void read_swap(const Section::Member& member, ViewSection& view) {
  constexpr std::string_view kManual = "manual";
  view.spec.swap_by_hand = member.section->choice("swap", {"auto", kManual}) == kManual;
}

void read_changes(const Section::Member& member, ViewSection& view, AppFile& app, Faults& faults) {
  const auto topic = member.section->text("changes");
  if (!topic) return;
  const auto place = member.section->place_of("changes");
  if (const auto wrong = topic_name_fault(*topic)) {
    faults.add(place, "topic " + in_quotes(*topic) + " " + *wrong);
  }
  for (const auto& other : app.views) {
    if (other.spec.changes != *topic) continue;
    faults.add(place, "view " + in_quotes(other.spec.name) + " publishes its changes to " +
                          in_quotes(*topic) + ", too: a change topic must be the view's own");
  }
  view.spec.changes = *topic;
}

void read_view(const Section::Member& member, AppFile& app, Faults& faults) {
  ViewSection view{.place = member.place};
  view.spec.name = member.name;
  if (const auto wrong = alias_fault(member.name)) {
    faults.add(member.place, "view " + in_quotes(member.name) + " " + *wrong);
  }
  if (const auto from = read_one_input(member, faults)) {
    view.spec.input = from->first;
    view.spec.topic = from->second;
    view.spec.declared = declared_columns(app, from->second);
  }
  read_on_error(member, view);
  read_swap(member, view);
  view.spec.lineage = member.section->boolean("lineage").value_or(false);
  read_changes(member, view, app, faults);
  const views::ViewKind* kind = find_view_kind(member, faults);
  if (kind == nullptr) return;
  Options* options = member.section->section(kind->name());
  if (options == nullptr) return;
  view.plan = kind->plan(view.spec, *options);
  if (view.plan != nullptr) app.views.push_back(std::move(view));
}

// Whether the columns of its topic may become known yet: when a processor that writes it has found
// those of the views that it looks rows up in.
bool waits_for_columns(const AppFile& app, const Section::Member& member) {
  const auto inputs = member.section->pairs("from");
  if (!inputs || inputs->empty()) return false;
  return std::ranges::any_of(app.processors, [&](const ProcessorSection& processor) {
    return !processor.columns &&
           std::ranges::find(processor.spec.outputs, inputs->front().second,
                             &flow::ProcessorOutput::topic) != processor.spec.outputs.end();
  });
}

}  // namespace

void read_views(Section& root, AppFile& app, Faults& faults) {
  auto members = root.members("views");
  while (!members.empty()) {
    const auto is_ready = [&](const Section::Member& member) {
      return !waits_for_columns(app, member);
    };
    auto rest = std::stable_partition(members.begin(), members.end(), is_ready);
    if (rest == members.begin()) rest = members.end();
    for (auto member = members.begin(); member != rest; ++member) read_view(*member, app, faults);
    members.erase(members.begin(), rest);
    derive_columns(app);
  }
  std::ranges::sort(app.views, {}, &ViewSection::place);
}

}  // namespace daybook::app
