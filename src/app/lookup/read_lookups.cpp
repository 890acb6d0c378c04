#include <algorithm>
#include <set>

#include "app/app_reader.h"
#include "app/lookup/view_lookup.h"
#include "app/names.h"

namespace daybook::app {
namespace {

const ViewSection* find_view(const AppFile& app, const std::string& name) {
  const auto found =
      std::ranges::find(app.views, name, [](const ViewSection& view) { return view.spec.name; });
  return found == app.views.end() ? nullptr : &*found;
}

flow::LookupSpec read_lookup(const Section::Member& member, Faults& faults) {
  flow::LookupSpec lookup{.name = member.name, .view = {}, .by = {}, .declared = {}};
  if (const auto wrong = alias_fault(member.name)) {
    faults.add(member.place, "lookup " + in_quotes(member.name) + " " + *wrong);
  }
  lookup.view = member.section->required_text("view").value_or("");
  lookup.by = member.section->required_texts("by").value_or(std::vector<std::string>());
  return lookup;
}

// What can be said of a lookup when all views are known.
class LookupCheck {
 public:
  // `written` are the views of the file, with those that have faults of their own.
  LookupCheck(const AppFile& app, std::vector<std::string> written, Faults& faults)
      : app_(app), written_(std::move(written)), faults_(faults) {}

  void check(const ProcessorSection& processor, std::size_t number) {
    const auto& lookup = processor.spec.lookups[number];
    place_ = processor.lookup_places[number];
    what_ = "processor " + in_quotes(processor.spec.name) + ": lookup " + in_quotes(lookup.name);
    const auto* view = find_view(app_, lookup.view);
    if (view == nullptr) {
      const bool is_written = std::ranges::find(written_, lookup.view) != written_.end();
      if (!is_written) refuse("there is no view " + in_quotes(lookup.view) + names());
      return;
    }
    if (!view->plan->has_row_per_key()) {
      return refuse("view " + in_quotes(lookup.view) + " is of kind " +
                    std::string(view->plan->kind()) +
                    ": rows can be looked up in views of kind table and document");
    }
    const auto& key = view->plan->key();
    if (key.size() != lookup.by.size()) {
      refuse("the key of view " + in_quotes(lookup.view) + " has " + std::to_string(key.size()) +
             (key.size() == 1 ? " column" : " columns") +
             ": write as many expressions in \"by\", not " + std::to_string(lookup.by.size()));
    }
    std::set<std::string> seen;
    if (is_fed_by(view->spec.topic, processor.spec.name, seen)) {
      refuse("view " + in_quotes(lookup.view) +
             " is made of what this processor writes: it would wait for itself");
    }
  }

 private:
  void refuse(const std::string& why) { faults_.add(place_, what_ + ": " + why); }

  std::string names() const {
    std::string names;
    for (const auto& view : written_) names += (names.empty() ? "; there are: " : ", ") + view;
    return names;
  }

  // Whether what the processor writes comes to the topic, through whichever others.
  bool is_fed_by(const std::string& topic, const std::string& processor,
                 std::set<std::string>& seen) const {
    if (!seen.insert(topic).second) return false;
    for (const auto& other : app_.processors) {
      const auto& spec = other.spec;
      if (std::ranges::find(spec.outputs, topic, &flow::ProcessorOutput::topic) ==
          spec.outputs.end()) {
        continue;
      }
      if (spec.name == processor) return true;
      for (const auto& input : spec.inputs) {
        if (is_fed_by(input.topic, processor, seen)) return true;
      }
      for (const auto& lookup : spec.lookups) {
        const auto* view = find_view(app_, lookup.view);
        if (view != nullptr && is_fed_by(view->spec.topic, processor, seen)) return true;
      }
    }
    return false;
  }

  const AppFile& app_;
  const std::vector<std::string> written_;
  Faults& faults_;
  Place place_;
  std::string what_;
};

}  // namespace

void read_lookups(const Section::Member& member, ProcessorSection& processor, Faults& faults) {
  if (!member.section->written("lookup")) return;
  auto& spec = processor.spec;
  for (const Section::Member& one : member.section->members("lookup")) {
    auto lookup = read_lookup(one, faults);
    const auto is_it = [&](const flow::ProcessorInput& input) { return input.alias == one.name; };
    if (std::ranges::any_of(spec.inputs, is_it)) {
      faults.add(one.place, "lookup " + in_quotes(one.name) +
                                " has the name of an input in \"from\": give it another one");
    }
    spec.lookups.push_back(std::move(lookup));
    processor.lookup_places.push_back(one.place);
  }
  if (spec.lookups.size() > flow::kMaxLookups) {
    faults.add(member.section->place_of("lookup"),
               "\"lookup\" has more than " + std::to_string(flow::kMaxLookups) + " views");
  }
}

bool declare_lookups(const AppFile& app, flow::ProcessorSpec& spec) {
  bool all = true;
  for (auto& lookup : spec.lookups) {
    if (lookup.declared) continue;
    const auto* view = find_view(app, lookup.view);
    const auto columns =
        view == nullptr ? std::nullopt : views::declared_columns(view->spec, *view->plan);
    if (columns) lookup.declared = lookup_columns(*columns, view->plan->key());
    all &= columns.has_value();
  }
  return all;
}

void check_lookups(Section& root, const AppFile& app, Faults& faults) {
  const Section* views = root.inner("views");
  LookupCheck check(app, views == nullptr ? std::vector<std::string>() : views->names(), faults);
  for (const auto& processor : app.processors) {
    for (std::size_t i = 0; i < processor.spec.lookups.size(); ++i) check.check(processor, i);
  }
}

}  // namespace daybook::app
