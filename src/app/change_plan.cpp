#include "app/change_plan.h"

#include <algorithm>
#include <map>

#include "app/processors.h"
#include "client/schema.h"
#include "flow/processor_record.h"
#include "views/life/definition.h"
#include "views/life/stored_views.h"

namespace daybook::app {
namespace {

using Kind = Change::Kind;

class Planner {
 public:
  Planner(const AppFile& app, client::LogClient& log) : app_(app), log_(log) {}

  Result<std::vector<Change>> plan(std::vector<views::StoredView> stored) {
    DAYBOOK_TRY(const auto topics, log_.list_topics());
    for (const auto& topic : topics) partitions_[topic.name] = topic.partitions;
    DAYBOOK_TRY(schemas_, client::find_schemas(log_));
    DAYBOOK_TRY(recorded_, flow::recorded_processors(log_));
    for (const TopicSection& topic : app_.topics) DAYBOOK_TRY_VOID(add_topic(topic));
    for (const ProcessorSection& processor : app_.processors) add_processor(processor);
    for (const ViewSection& view : app_.views) add_view(view, stored);
    for (const views::StoredView& view : stored) {
      changes_.push_back({Kind::kLeft, "view " + view.name,
                          "the file does not have it any more: nothing keeps it current, and its "
                          "files stay"});
    }
    return std::move(changes_);
  }

 private:
  Status add_topic(const TopicSection& topic) {
    const std::string what = "topic " + topic.name;
    planned_[topic.name] = topic.partitions;
    const auto there = partitions_.find(topic.name);
    if (there == partitions_.end()) {
      changes_.push_back({Kind::kNew, what, with_partitions(topic.partitions)});
      return {};
    }
    std::string differs;
    if (there->second != topic.partitions) {
      differs =
          "it has " + with_partitions(there->second) + ", not " + std::to_string(topic.partitions);
    }
    if (!topic.config.empty()) {
      DAYBOOK_TRY(const auto config, log_.topic_config(topic.name));
      for (const auto& [name, value] : topic.config) {
        const auto found = config.find(name);
        const std::string actual = found == config.end() ? "none" : found->second;
        if (actual == value) continue;
        differs += (differs.empty() ? "" : "; ") + name + " is " + actual + ", not " + value;
      }
    }
    if (!differs.empty()) changes_.push_back({Kind::kLeft, what, differs});
    if (columns_change(topic.name, topic.columns)) {
      changes_.push_back({Kind::kChanged, what, "its columns"});
    } else if (differs.empty()) {
      changes_.push_back({Kind::kSame, what, ""});
    }
    return {};
  }

  bool columns_change(const std::string& topic, const std::vector<client::Column>& columns) const {
    if (columns.empty()) return false;
    const auto found = schemas_.find(topic);
    return found == schemas_.end() || found->second.columns != columns;
  }

  void add_processor(const ProcessorSection& processor) {
    const std::string what = "processor " + processor.spec.name;
    const auto recorded = recorded_.find(idle_status(app_, processor).group);
    if (recorded == recorded_.end()) {
      changes_.push_back({Kind::kNew, what, "from the first event of its topics"});
    } else if (recorded->second != flow::definition_of(processor.spec)) {
      changes_.push_back(
          {Kind::kChanged, what, "from the event on that it has got to; what it wrote stays"});
    } else {
      changes_.push_back({Kind::kSame, what, ""});
    }
    std::int32_t most = 1;
    for (const auto& input : processor.spec.inputs) most = std::max(most, count_of(input.topic));
    for (const auto& output : processor.spec.outputs) add_output(processor, output.topic, most);
  }

  void add_output(const ProcessorSection& processor, const std::string& topic,
                  std::int32_t partitions) {
    const bool is_there = partitions_.contains(topic);
    if (!is_there && !planned_.contains(topic)) {
      planned_[topic] = partitions;
      changes_.push_back({Kind::kNew, "topic " + topic, with_partitions(partitions)});
    } else if (is_there && processor.columns && columns_change(topic, *processor.columns)) {
      changes_.push_back({Kind::kChanged, "topic " + topic, "its columns"});
    }
  }

  // Takes it out of those that are stored.
  void add_view(const ViewSection& section, std::vector<views::StoredView>& stored) {
    const std::string what = "view " + section.spec.name;
    const auto found = std::ranges::find(stored, section.spec.name, &views::StoredView::name);
    if (found == stored.end()) {
      changes_.push_back({Kind::kNew, what,
                          "a " + std::string(section.plan->kind()) + ", from the first event of " +
                              section.spec.topic});
      return;
    }
    if (found->has(views::to_text(section.spec, *section.plan))) {
      changes_.push_back({Kind::kSame, what, ""});
    } else {
      changes_.push_back(
          {Kind::kChanged, what,
           "a new version is built from the first event beside version " +
               std::to_string(found->serving) +
               (section.spec.swap_by_hand ? ", which answers until it is swapped by hand"
                                          : ", which answers until the new one has caught up")});
    }
    stored.erase(found);
  }

  // That it has, or will have.
  std::int32_t count_of(const std::string& topic) const {
    const auto there = partitions_.find(topic);
    if (there != partitions_.end()) return there->second;
    const auto planned = planned_.find(topic);
    return planned == planned_.end() ? 1 : planned->second;
  }

  static std::string with_partitions(std::int32_t count) {
    return std::to_string(count) + (count == 1 ? " partition" : " partitions");
  }

  const AppFile& app_;
  client::LogClient& log_;
  std::map<std::string, std::int32_t> partitions_;  // of the topics that are there
  std::map<std::string, std::int32_t> planned_;     // of those that would be made
  std::map<std::string, client::Schema> schemas_;
  std::map<std::string, std::string, std::less<>> recorded_;
  std::vector<Change> changes_;
};

}  // namespace

const char* to_string(Change::Kind kind) {
  switch (kind) {
    case Kind::kNew:
      return "new";
    case Kind::kChanged:
      return "changed";
    case Kind::kLeft:
      return "left as it is";
    case Kind::kSame:
      return "same";
  }
  return "unknown";
}

Result<std::vector<Change>> plan_changes(const AppFile& app, client::LogClient& log,
                                         io::FileSystem& files, const std::string& state_folder) {
  DAYBOOK_TRY(auto stored, views::stored_views(files, state_folder));
  return Planner(app, log).plan(std::move(stored));
}

}  // namespace daybook::app
