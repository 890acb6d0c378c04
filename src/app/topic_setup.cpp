#include "app/topic_setup.h"

#include "base/report.h"
#include "client/schema.h"

namespace daybook::app {
namespace {

void report_difference(const TopicSection& topic, const std::string& what, const std::string& found,
                       const std::string& declared) {
  report(Severity::kWarning, "app",
         "topic " + topic.name + " already exists with " + what + " " + found +
             ", not the declared " + declared + ": it is left as it is");
}

Status compare(client::LogClient& log, const TopicSection& topic) {
  DAYBOOK_TRY(const client::TopicInfo info, log.describe_topic(topic.name));
  if (info.partitions != topic.partitions) {
    report_difference(topic, "partitions", std::to_string(info.partitions),
                      std::to_string(topic.partitions));
  }
  if (topic.config.empty()) return {};
  DAYBOOK_TRY(const auto config, log.topic_config(topic.name));
  for (const auto& [name, value] : topic.config) {
    const auto found = config.find(name);
    const std::string actual = found == config.end() ? "none" : found->second;
    if (actual != value) report_difference(topic, name, actual, value);
  }
  return {};
}

Status set_up(client::LogClient& log, const TopicSection& topic) {
  const Status created = log.create_topic(
      {.name = topic.name, .partitions = topic.partitions, .config = topic.config});
  if (!created) {
    if (created.error().code != ErrorCode::kAlreadyExists) return created;
    DAYBOOK_TRY_VOID(compare(log, topic));
  }
  if (topic.columns.empty()) return {};
  return client::publish_schema(log, topic.name,
                                {.envelope = client::Envelope::kPlain, .columns = topic.columns});
}

}  // namespace

Status set_up_topics(client::LogClient& log, std::span<const TopicSection> topics) {
  for (const TopicSection& topic : topics) {
    if (auto done = set_up(log, topic); !done) {
      return fail(std::move(done).error(), "topic " + topic.name);
    }
  }
  return {};
}

}  // namespace daybook::app
