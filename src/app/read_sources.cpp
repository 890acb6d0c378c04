#include "app/app_reader.h"
#include "app/names.h"

namespace daybook::app {
namespace {

// The kind that this source is of, or null after a fault.
const sources::SourceKind* find_source_kind(const Section::Member& member, Faults& faults) {
  const bool refused =
      refuse_unbuilt(*member.section, {"mysql", "mariadb", "file"}, "a source of kind ");
  const sources::SourceKind* found = nullptr;
  for (const sources::SourceKind* kind : sources::source_kinds()) {
    if (!member.section->written(kind->name())) continue;
    if (found != nullptr) {
      faults.add(member.place, "source " + in_quotes(member.name) + " is both " +
                                   std::string(found->name()) + " and " +
                                   std::string(kind->name()) + ": make them two sources");
      return nullptr;
    }
    found = kind;
  }
  if (found == nullptr && !refused) {
    faults.add(member.place, "source " + in_quotes(member.name) +
                                 " does not say what it captures; known kinds: " +
                                 names_of(sources::source_kinds()));
  }
  return found;
}

}  // namespace

void read_sources(Section& root, AppFile& app, Faults& faults) {
  for (const Section::Member& member : root.members("sources")) {
    SourceSection source{.name = member.name, .place = member.place};
    if (const auto wrong = part_name_fault(member.name)) {
      faults.add(member.place, "source " + in_quotes(member.name) + " " + *wrong);
    }
    const auto topic = member.section->required_text("topic");
    const auto partitions =
        member.section->integer("partitions", 1, sources::kMaxPartitionsPerTopic);
    source.kind = find_source_kind(member, faults);
    if (source.kind == nullptr) continue;
    Options* options = member.section->section(source.kind->name());
    if (options == nullptr) continue;
    const sources::SourceSpec spec{
        .name = member.name,
        // A missing one is a fault already; the kind's own options are checked all the same.
        .topic = topic.value_or("{table}"),
        .partitions = static_cast<std::int32_t>(partitions.value_or(1)),
    };
    source.plan = source.kind->plan(spec, *options);
    if (source.plan != nullptr) app.sources.push_back(std::move(source));
  }
}

}  // namespace daybook::app
