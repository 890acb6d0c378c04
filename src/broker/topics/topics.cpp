#include "broker/topics/topics.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "base/report.h"
#include "broker/decisions.h"
#include "broker/groups/committed_offsets.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "io/clock.h"

namespace daybook::broker {
namespace {

// '.' and '_' are one in the names of metrics.
std::string metric_name(std::string_view topic) {
  std::string name(topic);
  std::ranges::replace(name, '.', '_');
  return name;
}

// A row of a damaged catalog must not make folders where none belong, nor millions of them.
Status check_stored(const catalog::Topic& topic) {
  const Status name = check_topic_name(topic.name);
  if (name && topic.partitions <= kMaxPartitionsPerTopic) return {};
  return fail(ErrorCode::kCorrupt,
              "the catalog is damaged: it has a topic '" + topic.name + "' with " +
                  std::to_string(topic.partitions) +
                  " partitions; restore the file from a copy, the records are not affected");
}

}  // namespace

Topics::Topics(std::unique_ptr<log::PartitionSet> partitions, Decisions& decisions,
               CommittedOffsets& offsets, io::Clock& clock, Metrics& metrics)
    : partitions_(std::move(partitions)),
      decisions_(decisions),
      offsets_(offsets),
      clock_(clock),
      metrics_(metrics) {}

Status Topics::start(const std::vector<catalog::Topic>& topics, Config defaults) {
  defaults_ = std::move(defaults);
  report_strangers(topics);
  for (const std::string& note : partitions_->journal_notes()) {
    report(Severity::kWarning, "log", note);
  }
  for (const log::OpenedPartition& opened : partitions_->opened()) {
    if (!opened.report.note.empty()) report(Severity::kWarning, "log", opened.report.note);
  }
  for (const catalog::Topic& topic : topics) {
    DAYBOOK_TRY_VOID(check_stored(topic));
    if (topic.deleting) {
      DAYBOOK_TRY_VOID(finish_removal(topic));
    } else {
      publish(open(topic));
    }
  }
  sweep();
  return {};
}

// The bytes of deleted topics may be many: nothing waits until they are gone.
void Topics::sweep() {
  sweeper_.run([this] {
    const Status swept = partitions_->sweep(stopping_);
    if (!swept) report(Severity::kWarning, "broker", swept.error().message);
  });
}

void Topics::report_strangers(const std::vector<catalog::Topic>& topics) const {
  std::set<std::string_view> names;
  for (const catalog::Topic& topic : topics) names.insert(topic.name);
  for (const log::TopicPartition& partition : partitions_->list()) {
    if (names.contains(partition.topic)) continue;
    report(Severity::kWarning, "broker",
           "the folder " + log::folder_name(partition.topic, partition.partition) +
               " belongs to no topic of the catalog; it is left alone");
  }
}

TopicPtr Topics::open(const catalog::Topic& topic) {
  auto opened = std::make_shared<Topic>();
  opened->name = topic.name;
  opened->id = topic.id;
  opened->config = topic.config;
  opened->settings = settings_of(topic.config);
  std::vector<PartitionId> missing;
  for (std::int32_t i = 0; i < topic.partitions; ++i) {
    opened->partitions.push_back(partitions_->find(topic.name, PartitionId{i}));
    const auto& partition = opened->partitions.back();
    if (partition) {
      (*partition)->configure(opened->settings.log);
    } else if (partition.error().code == ErrorCode::kNotFound) {
      missing.push_back(PartitionId{i});
    }
  }
  auto made = partitions_->create(topic.name, missing, topic.id, opened->settings.log);
  for (std::size_t i = 0; i < missing.size(); ++i) {
    opened->partitions[static_cast<std::size_t>(missing[i].value)] = std::move(made[i]);
  }
  for (std::int32_t i = 0; i < topic.partitions; ++i) {
    const auto& partition = opened->partitions[static_cast<std::size_t>(i)];
    if (partition) continue;
    ++metrics_.partitions_faulty;
    report(Severity::kError, "broker",
           "partition " + log::folder_name(topic.name, PartitionId{i}) +
               " is out of service, others are not affected: " + partition.error().message);
  }
  return opened;
}

void Topics::publish(TopicPtr topic) {
  const std::unique_lock lock(mutex_);
  partition_count_ += static_cast<std::int64_t>(topic->partitions.size());
  shapes_.reset();
  by_id_.emplace(topic->id, topic);
  by_metric_name_.emplace(metric_name(topic->name), topic->name);
  by_name_.emplace(topic->name, std::move(topic));
  metrics_.topics = static_cast<std::int64_t>(by_name_.size());
  metrics_.partitions = partition_count_;
}

TopicPtr Topics::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

TopicPtr Topics::find(const Uuid& id) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::vector<TopicPtr> Topics::all() const {
  std::vector<TopicPtr> topics;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [name, topic] : by_name_) topics.push_back(topic);
  }
  std::ranges::sort(topics, {}, [](const TopicPtr& topic) -> const auto& { return topic->name; });
  return topics;
}

TopicShapesPtr Topics::shapes() const {
  {
    const std::shared_lock lock(mutex_);
    if (shapes_ != nullptr) return shapes_;
  }
  const std::unique_lock lock(mutex_);
  if (shapes_ != nullptr) return shapes_;
  auto shapes = std::make_shared<TopicShapes>();
  for (const auto& [name, topic] : by_name_) {
    shapes->emplace(name,
                    TopicShape{topic->id, static_cast<std::int32_t>(topic->partitions.size())});
  }
  shapes_ = std::move(shapes);
  return shapes_;
}

Status Topics::check(const NewTopic& topic) const {
  const std::shared_lock lock(mutex_);
  return check_locked(topic);
}

std::string Topics::colliding(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  return colliding_locked(name);
}

std::string Topics::colliding_locked(std::string_view name) const {
  const auto [begin, end] = by_metric_name_.equal_range(metric_name(name));
  const auto found =
      std::find_if(begin, end, [&](const auto& each) { return each.second != name; });
  return found == end ? std::string() : found->second;
}

Status Topics::check_locked(const NewTopic& topic) const {
  DAYBOOK_TRY_VOID(check_topic_name(topic.name));
  const std::string other = colliding_locked(topic.name);
  if (!other.empty() && !by_name_.contains(topic.name)) {
    return fail(ErrorCode::kInvalid,
                "topic '" + topic.name + "' collides with the existing topic '" + other +
                    "': '.' and '_' are one in the names of metrics; choose another name");
  }
  if (topic.partitions < 1 || topic.partitions > kMaxPartitionsPerTopic) {
    return fail(ErrorCode::kInvalid, "a topic has 1 to " + std::to_string(kMaxPartitionsPerTopic) +
                                         " partitions, not " + std::to_string(topic.partitions));
  }
  DAYBOOK_TRY_VOID(check_topic_config(topic.config));
  if (by_name_.contains(topic.name)) {
    return fail(ErrorCode::kAlreadyExists, "topic '" + topic.name + "' exists already");
  }
  if (partition_count_ + topic.partitions > kMaxPartitions) {
    return fail(ErrorCode::kNoSpace, "this server keeps at most " + std::to_string(kMaxPartitions) +
                                         " partitions and has " + std::to_string(partition_count_));
  }
  return {};
}

void Topics::create(NewTopic topic, Created created) {
  // What the worker refuses to take is destroyed with it, and `created` is then called here.
  auto shared = std::make_shared<Created>(std::move(created));
  const bool taken = worker_.run([this, topic = std::move(topic), shared]() mutable {
    (*shared)(create_now(std::move(topic)));
  });
  if (!taken) (*shared)(fail(ErrorCode::kCancelled, "the server is stopping"));
}

// A new topic must not begin with somebody's old records, nor take them along when it goes.
Status Topics::check_no_stranger(std::string_view topic) const {
  for (const log::TopicPartition& partition : partitions_->list()) {
    if (partition.topic != topic) continue;
    const std::string folder = log::folder_name(partition.topic, partition.partition);
    return fail(ErrorCode::kAlreadyExists,
                "cannot make topic '" + partition.topic + "': the folder " + folder +
                    " belongs to no topic of the catalog; move it out of the log's folder and "
                    "start the server again, or restore the catalog from a copy");
  }
  return {};
}

Result<TopicPtr> Topics::create_now(NewTopic topic) {
  DAYBOOK_TRY_VOID(check(topic));
  DAYBOOK_TRY_VOID(check_no_stranger(topic.name));
  const catalog::Topic row{.name = std::move(topic.name),
                           .id = random_uuid(),
                           .partitions = topic.partitions,
                           .created = clock_.wall(),
                           .config = std::move(topic.config),
                           .deleting = false};
  DAYBOOK_TRY_VOID(decisions_.decide_and_wait(
      [row](catalog::Catalog& catalog) { return catalog.create_topic(row); }));
  TopicPtr opened = open(row);
  for (const auto& partition : opened->partitions) {
    if (partition) continue;
    // The topic was decided, but cannot be: take the decision back.
    Error reason = partition.error();
    metrics_.partitions_faulty -= std::ranges::count_if(
        opened->partitions, [](const auto& each) { return !each.has_value(); });
    DAYBOOK_TRY_VOID(decisions_.decide_and_wait(
        [id = row.id](catalog::Catalog& catalog) { return catalog.mark_topic_deleting(id); }));
    DAYBOOK_TRY_VOID(finish_removal(row));
    return fail(std::move(reason), "could not make topic '" + row.name + "'");
  }
  publish(opened);
  return opened;
}

void Topics::remove(const Uuid& id, Done deleted) {
  auto shared = std::make_shared<Done>(std::move(deleted));
  const bool taken = worker_.run([this, id, shared] {
    (*shared)(remove_now(id));
    sweep();
  });
  if (!taken) (*shared)(fail(ErrorCode::kCancelled, "the server is stopping"));
}

Status Topics::remove_now(const Uuid& id) {
  const TopicPtr topic = find(id);
  if (topic == nullptr) return fail(ErrorCode::kNotFound, "no topic has the id " + to_string(id));
  DAYBOOK_TRY_VOID(decisions_.decide_and_wait(
      [id](catalog::Catalog& catalog) { return catalog.mark_topic_deleting(id); }));
  offsets_.forget_topic(topic->name);
  {
    const std::unique_lock lock(mutex_);
    partition_count_ -= static_cast<std::int64_t>(topic->partitions.size());
    shapes_.reset();
    by_name_.erase(topic->name);
    by_id_.erase(id);
    const auto [begin, end] = by_metric_name_.equal_range(metric_name(topic->name));
    by_metric_name_.erase(
        std::find_if(begin, end, [&](const auto& each) { return each.second == topic->name; }));
    metrics_.topics = static_cast<std::int64_t>(by_name_.size());
    metrics_.partitions = partition_count_;
  }
  metrics_.partitions_faulty -= std::ranges::count_if(
      topic->partitions, [](const auto& partition) { return !partition.has_value(); });
  catalog::Topic row;
  row.name = topic->name;
  row.id = id;
  return finish_removal(row);
}

Status Topics::finish_removal(const catalog::Topic& topic) {
  std::vector<PartitionId> there;
  for (const log::TopicPartition& partition : partitions_->list()) {
    if (partition.topic == topic.name) there.push_back(partition.partition);
  }
  DAYBOOK_TRY_VOID(partitions_->remove(topic.name, there));
  return decisions_.decide_and_wait(
      [id = topic.id](catalog::Catalog& catalog) { return catalog.forget_topic(id); });
}

Status Topics::stop() {
  stopping_ = true;
  worker_.stop();
  sweeper_.stop();
  return partitions_->close();
}

}  // namespace daybook::broker
