#include "app/app_reader.h"
#include "app/names.h"
#include "base/units.h"

namespace daybook::app {
namespace {

constexpr std::size_t kMaxColumns = 1'000;

void read_config(Section& section, TopicSection& topic) {
  const auto config = section.pairs("config");
  if (config) topic.config.insert(config->begin(), config->end());
  const auto retention = section.text("retention");
  if (!retention) return;
  if (topic.config.contains("retention.ms")) {
    section.fault("retention", "\"retention\" and config \"retention.ms\" say the same: keep one");
    return;
  }
  const auto retention_ms = parse_duration_ms(*retention);
  if (!retention_ms) {
    section.fault("retention", "\"retention\": " + retention_ms.error().message);
    return;
  }
  topic.config["retention.ms"] = std::to_string(*retention_ms);
}

}  // namespace

std::vector<client::Column> read_columns(Options& section) {
  std::vector<client::Column> columns;
  const auto written = section.pairs("columns");
  if (!written) return columns;
  if (written->empty() || written->size() > kMaxColumns) {
    section.fault("columns", "\"columns\" must have 1 to 1000 columns, written NAME: TYPE");
    return columns;
  }
  for (const auto& [name, type] : *written) {
    if (type.empty()) section.fault("columns", "column " + in_quotes(name) + " has no type");
    columns.push_back({.name = name, .type = type});
  }
  return columns;
}

void read_topics(Section& root, AppFile& app, Faults& faults) {
  for (const Section::Member& member : root.members("topics")) {
    TopicSection topic{.name = member.name, .place = member.place};
    if (const auto wrong = topic_name_fault(topic.name)) {
      faults.add(topic.place, "topic " + in_quotes(topic.name) + " " + *wrong);
    }
    const auto partitions =
        member.section->integer("partitions", 1, sources::kMaxPartitionsPerTopic);
    topic.partitions = static_cast<std::int32_t>(partitions.value_or(1));
    read_config(*member.section, topic);
    topic.columns = read_columns(*member.section);
    app.topics.push_back(std::move(topic));
  }
}

}  // namespace daybook::app
