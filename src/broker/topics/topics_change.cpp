// What changes of topics that exist: their configurations, and the number of their partitions.

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "broker/decisions.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "broker/topics/topics.h"

namespace daybook::broker {
namespace {

std::unexpected<Error> no_topic(const Uuid& id) {
  return fail(ErrorCode::kNotFound, "no topic has the id " + to_string(id));
}

}  // namespace

void Topics::run(std::move_only_function<void()> job) {
  worker_.run(std::move(job));
}

void Topics::run(std::move_only_function<Status()> job, Done done) {
  // What the worker refuses to take is destroyed with it.
  auto shared = std::make_shared<Done>(std::move(done));
  const bool taken = worker_.run([job = std::move(job), shared]() mutable { (*shared)(job()); });
  if (!taken) (*shared)(fail(ErrorCode::kCancelled, "the server is stopping"));
}

TopicSettings Topics::settings_of(const Config& config) const {
  Config all = defaults_;
  for (const auto& [name, value] : config) all.insert_or_assign(name, value);
  return topic_settings(all);
}

void Topics::replace(std::shared_ptr<Topic> topic) {
  for (const auto& partition : topic->partitions) {
    if (partition) (*partition)->configure(topic->settings.log);
  }
  const std::unique_lock lock(mutex_);
  TopicPtr& by_id = by_id_.at(topic->id);
  partition_count_ += static_cast<std::int64_t>(topic->partitions.size()) -
                      static_cast<std::int64_t>(by_id->partitions.size());
  metrics_.partitions = partition_count_;
  shapes_.reset();
  by_id = topic;
  by_name_.at(topic->name) = std::move(topic);
}

void Topics::configure(const Uuid& id, Change change, Done done) {
  run([this, id, change = std::move(change)]() mutable { return configure_now(id, change); },
      std::move(done));
}

Status Topics::configure_now(const Uuid& id, Change& change) {
  const TopicPtr topic = find(id);
  if (topic == nullptr) return no_topic(id);
  DAYBOOK_TRY(Config config, change(topic->config));
  DAYBOOK_TRY_VOID(check_topic_config(config));
  if (config == topic->config) return {};
  DAYBOOK_TRY_VOID(decisions_.decide_and_wait(
      [id, config](catalog::Catalog& catalog) { return catalog.set_topic_config(id, config); }));
  auto changed = std::make_shared<Topic>(*topic);
  changed->settings = settings_of(config);
  changed->config = std::move(config);
  replace(std::move(changed));
  return {};
}

Status Topics::check_partitions(const Topic& topic, std::int32_t partitions) const {
  const auto has = static_cast<std::int32_t>(topic.partitions.size());
  if (partitions <= has) {
    return fail(ErrorCode::kInvalid, "topic '" + topic.name + "' has " + std::to_string(has) +
                                         " partitions already; " + std::to_string(partitions) +
                                         " would not be an increase");
  }
  if (partitions > kMaxPartitionsPerTopic) {
    return fail(ErrorCode::kInvalid, "a topic has at most " +
                                         std::to_string(kMaxPartitionsPerTopic) +
                                         " partitions, not " + std::to_string(partitions));
  }
  const std::shared_lock lock(mutex_);
  if (partition_count_ + partitions - has > kMaxPartitions) {
    return fail(ErrorCode::kNoSpace, "this server keeps at most " + std::to_string(kMaxPartitions) +
                                         " partitions and has " + std::to_string(partition_count_));
  }
  return {};
}

void Topics::add_partitions(const Uuid& id, std::int32_t partitions, Done done) {
  run([this, id, partitions] { return add_partitions_now(id, partitions); }, std::move(done));
}

// The catalog first: a crash in between leaves folders for the next start to make. If one cannot be
// made now, the decision and the folders that were made are taken back.
Status Topics::add_partitions_now(const Uuid& id, std::int32_t partitions) {
  const TopicPtr topic = find(id);
  if (topic == nullptr) return no_topic(id);
  DAYBOOK_TRY_VOID(check_partitions(*topic, partitions));
  const auto has = static_cast<std::int32_t>(topic->partitions.size());
  for (const log::TopicPartition& there : partitions_->list()) {
    if (there.topic != topic->name || there.partition.value < has) continue;
    return fail(ErrorCode::kAlreadyExists,
                "cannot add partitions to '" + topic->name + "': the folder " +
                    log::folder_name(there.topic, there.partition) +
                    " is not one of its partitions; move it out of the log's folder and start the "
                    "server again");
  }
  const auto decide = [&](std::int32_t count) {
    return decisions_.decide_and_wait(
        [id, count](catalog::Catalog& catalog) { return catalog.set_topic_partitions(id, count); });
  };
  DAYBOOK_TRY_VOID(decide(partitions));
  std::vector<PartitionId> added;
  for (std::int32_t i = has; i < partitions; ++i) added.push_back(PartitionId{i});
  auto made = partitions_->create(topic->name, added, id, topic->settings.log);
  const auto failed = std::ranges::find_if(made, [](const auto& each) { return !each; });
  if (failed != made.end()) {
    std::vector<PartitionId> undone;
    for (std::size_t i = 0; i < made.size(); ++i) {
      if (made[i]) undone.push_back(added[i]);
    }
    DAYBOOK_TRY_VOID(partitions_->remove(topic->name, undone));
    DAYBOOK_TRY_VOID(decide(has));
    return fail(failed->error(), "could not add partitions to '" + topic->name + "'");
  }
  auto larger = std::make_shared<Topic>(*topic);
  std::ranges::move(made, std::back_inserter(larger->partitions));
  replace(std::move(larger));
  return {};
}

void Topics::set_defaults(std::move_only_function<Result<Config>()> decide, Done done) {
  run(
      [this, decide = std::move(decide)]() mutable -> Status {
        DAYBOOK_TRY(Config defaults, decide());
        apply_defaults(std::move(defaults));
        return {};
      },
      std::move(done));
}

void Topics::apply_defaults(Config defaults) {
  if (defaults == defaults_) return;
  defaults_ = std::move(defaults);
  for (const TopicPtr& topic : all()) {
    auto changed = std::make_shared<Topic>(*topic);
    changed->settings = settings_of(topic->config);
    replace(std::move(changed));
  }
}

}  // namespace daybook::broker
