#include "client/kafka/admin.h"

#include <algorithm>
#include <array>
#include <span>
#include <thread>

#include <fmt/format.h>

#include "client/topic_name.h"

namespace daybook::client::kafka {
namespace {

constexpr milliseconds kSeenPollInterval{20};
constexpr milliseconds kLedWithin{5'000};
constexpr milliseconds kSlice{500};  // of a wait, after which it may give way to a stop

using Metadata = const struct rd_kafka_metadata;
using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, Freed<rd_kafka_NewTopic_destroy>>;
using DeleteTopicPtr = std::unique_ptr<rd_kafka_DeleteTopic_t, Freed<rd_kafka_DeleteTopic_destroy>>;
using NewPartitionsPtr =
    std::unique_ptr<rd_kafka_NewPartitions_t, Freed<rd_kafka_NewPartitions_destroy>>;
using ResourcePtr =
    std::unique_ptr<rd_kafka_ConfigResource_t, Freed<rd_kafka_ConfigResource_destroy>>;

std::string name_of(const TopicPartition& partition) {
  return fmt::format("{}-{}", partition.topic, partition.partition.value);
}

ListPtr list_of(const std::vector<TopicPartition>& partitions, std::int64_t offset) {
  ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(),
                                      partition.partition.value)
        ->offset = offset;
  }
  return list;
}

bool is_without_leader(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
}

bool is_found(const rd_kafka_topic_partition_t& partition) {
  return partition.err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

Status status_of(const rd_kafka_topic_result_t* result, const std::string& what) {
  const auto error = rd_kafka_topic_result_error(result);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* detail = rd_kafka_topic_result_error_string(result);
  return kafka_fail(error, what, detail != nullptr ? detail : rd_kafka_err2str(error));
}

}  // namespace

Result<Admin::OptionsPtr> Admin::admin_options(rd_kafka_admin_op_t operation) {
  OptionsPtr options(rd_kafka_AdminOptions_new(handle_.get(), operation));
  std::array<char, kReasonBytes> reason{};
  const int wait_ms = timeout_ms(patience_->limit(timeout_));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), wait_ms, reason.data(), reason.size());
  if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS || operation == RD_KAFKA_ADMIN_OP_DELETETOPICS ||
      operation == RD_KAFKA_ADMIN_OP_CREATEPARTITIONS) {
    const auto error = rd_kafka_AdminOptions_set_operation_timeout(options.get(), wait_ms,
                                                                   reason.data(), reason.size());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return kafka_fail(error, "Kafka client", reason.data());
  }
  return options;
}

Result<Admin::EventPtr> Admin::answer(rd_kafka_queue_t* queue, const std::string& what) {
  const auto deadline = patience_->deadline(timeout_ + kMarginOverLibrary);
  EventPtr event;
  while (event == nullptr && !patience_->is_over(deadline)) {
    event.reset(
        rd_kafka_queue_poll(queue, timeout_ms(std::min(kSlice, patience_->until(deadline)))));
  }
  if (event == nullptr) return kafka_fail(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  const auto error = rd_kafka_event_error(event.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_fail(error, what, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

Status reach(rd_kafka_t& handle, milliseconds limit) {
  Metadata* raw = nullptr;
  const auto error = rd_kafka_metadata(&handle, 0, nullptr, &raw, timeout_ms(limit));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(error, "nobody answers");
  rd_kafka_metadata_destroy(raw);
  return {};
}

// In slices: what has not been answered within one is asked again, with twice the time. While no
// broker is connected nothing is asked at all. A partition that nobody leads has been made just
// now, or is on its way to another broker.
template <class Ask>
rd_kafka_resp_err_t Admin::ask(const Ask& ask_within) {
  const auto deadline = patience_->deadline(timeout_);
  const auto led_by = patience_->deadline(std::min(timeout_, kLedWithin));
  auto slice = kSlice;
  while (true) {
    const auto began = Patience::Clock::now();
    const auto wait = std::min(slice, patience_->until(deadline));
    const auto error = ask_within(timeout_ms(wait));
    const bool is_slow = error == RD_KAFKA_RESP_ERR__TIMED_OUT;
    const bool is_away =
        error == RD_KAFKA_RESP_ERR__TRANSPORT && Patience::Clock::now() - began >= wait;
    const bool is_unled = is_without_leader(error) && !patience_->is_over(led_by);
    const bool may_wait = !patience_->is_ending() && !patience_->is_over(deadline);
    if (!may_wait || !(is_slow || is_away || is_unled)) return error;
    if (is_unled) std::this_thread::sleep_for(kSeenPollInterval);
    slice = is_slow ? slice * 2 : kSlice;
  }
}

Result<Admin::MetadataPtr> Admin::metadata(bool all_topics, rd_kafka_topic_t* topic,
                                           const std::string& what) {
  Metadata* raw = nullptr;
  const auto error = ask([&](int wait_ms) {
    return rd_kafka_metadata(handle_.get(), all_topics ? 1 : 0, topic, &raw, wait_ms);
  });
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(error, what);
  return MetadataPtr(raw);
}

Result<std::vector<TopicInfo>> Admin::list_topics() {
  DAYBOOK_TRY(const auto found, metadata(/*all_topics=*/true, nullptr, "cannot list topics"));
  std::vector<TopicInfo> topics;
  for (int i = 0; i < found->topic_cnt; ++i) {
    const auto& topic = found->topics[i];
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    topics.push_back({topic.topic, topic.partition_cnt});
  }
  return topics;
}

Result<TopicInfo> Admin::describe_topic(const std::string& name) {
  DAYBOOK_TRY_VOID(check_topic_name(name));
  const auto what = fmt::format("topic '{}'", name);
  const TopicPtr topic(rd_kafka_topic_new(handle_.get(), name.c_str(), nullptr));
  if (topic == nullptr) return kafka_fail(rd_kafka_last_error(), what);
  DAYBOOK_TRY(const auto answer, metadata(/*all_topics=*/false, topic.get(), what));
  if (answer->topic_cnt != 1) return kafka_fail(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, what);
  const auto& found = answer->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(found.err, what);
  for (int i = 0; i < found.partition_cnt; ++i) {
    const auto partition_error = found.partitions[i].err;
    if (partition_error != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(partition_error, what);
  }
  return TopicInfo{name, found.partition_cnt};
}

Status Admin::create_topic(const TopicSpec& spec) {
  DAYBOOK_TRY_VOID(check_topic_name(spec.name));
  constexpr int kServersDefaultReplication = -1;
  const auto what = fmt::format("cannot create topic '{}'", spec.name);
  std::array<char, kReasonBytes> reason{};
  if (spec.partitions < 1) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: {} partitions", what, spec.partitions));
  }
  const NewTopicPtr topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions,
                                                kServersDefaultReplication, reason.data(),
                                                reason.size()));
  if (topic == nullptr)
    return fail(ErrorCode::kInvalid, fmt::format("{}: {}", what, reason.data()));
  for (const auto& [name, value] : spec.config) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  DAYBOOK_TRY(const auto options, admin_options(RD_KAFKA_ADMIN_OP_CREATETOPICS));
  const QueuePtr queue(rd_kafka_queue_new(handle_.get()));
  rd_kafka_NewTopic_t* list = topic.get();
  rd_kafka_CreateTopics(handle_.get(), &list, 1, options.get(), queue.get());
  DAYBOOK_TRY(const auto event, answer(queue.get(), what));
  std::size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return kafka_fail(RD_KAFKA_RESP_ERR__BAD_MSG, what);
  DAYBOOK_TRY_VOID(status_of(results[0], what));
  return wait_until_seen(spec.name, /*there=*/true);
}

Status Admin::delete_topic(const std::string& name) {
  DAYBOOK_TRY_VOID(check_topic_name(name));
  const auto what = fmt::format("cannot delete topic '{}'", name);
  const DeleteTopicPtr topic(rd_kafka_DeleteTopic_new(name.c_str()));
  DAYBOOK_TRY(const auto options, admin_options(RD_KAFKA_ADMIN_OP_DELETETOPICS));
  const QueuePtr queue(rd_kafka_queue_new(handle_.get()));
  rd_kafka_DeleteTopic_t* list = topic.get();
  rd_kafka_DeleteTopics(handle_.get(), &list, 1, options.get(), queue.get());
  DAYBOOK_TRY(const auto event, answer(queue.get(), what));
  std::size_t count = 0;
  const auto** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  if (count != 1) return kafka_fail(RD_KAFKA_RESP_ERR__BAD_MSG, what);
  DAYBOOK_TRY_VOID(status_of(results[0], what));
  return wait_until_seen(name, /*there=*/false);
}

// A cluster's brokers learn of a change a little after its controller has answered.
Status Admin::wait_until_seen(const std::string& name, bool there) {
  const auto deadline = patience_->deadline(timeout_);
  while (true) {
    const auto found = describe_topic(name);
    if (found.has_value() == there) return {};
    if (!found && found.error().code != ErrorCode::kNotFound && !found.error().retriable()) {
      return std::unexpected(found.error());
    }
    if (patience_->is_over(deadline)) {
      return fail(ErrorCode::kTimedOut,
                  fmt::format("topic '{}' is {} but the cluster does not show it after {} ms", name,
                              there ? "created" : "deleted", timeout_.count()));
    }
    std::this_thread::sleep_for(kSeenPollInterval);
  }
}

Result<std::map<std::string, std::string>> Admin::topic_config(const std::string& name) {
  DAYBOOK_TRY_VOID(check_topic_name(name));
  return read_config(name, /*only_set=*/false,
                     fmt::format("cannot read the configuration of topic '{}'", name));
}

Result<std::map<std::string, std::string>> Admin::read_config(const std::string& name,
                                                              bool only_set,
                                                              const std::string& what) {
  const ResourcePtr resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  DAYBOOK_TRY(const auto options, admin_options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
  const QueuePtr queue(rd_kafka_queue_new(handle_.get()));
  rd_kafka_ConfigResource_t* list = resource.get();
  rd_kafka_DescribeConfigs(handle_.get(), &list, 1, options.get(), queue.get());
  DAYBOOK_TRY(const auto event, answer(queue.get(), what));
  std::size_t count = 0;
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) return kafka_fail(RD_KAFKA_RESP_ERR__BAD_MSG, what);
  if (const auto error = rd_kafka_ConfigResource_error(resources[0]);
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_fail(error, what);
  }
  std::size_t entries = 0;
  const auto** configs = rd_kafka_ConfigResource_configs(resources[0], &entries);
  std::map<std::string, std::string> result;
  for (std::size_t i = 0; i < entries; ++i) {
    if (only_set &&
        rd_kafka_ConfigEntry_source(configs[i]) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG) {
      continue;
    }
    const char* value = rd_kafka_ConfigEntry_value(configs[i]);
    result[rd_kafka_ConfigEntry_name(configs[i])] = value != nullptr ? value : "";
  }
  return result;
}

Status Admin::configure_topic(const std::string& name, const TopicChange& change) {
  DAYBOOK_TRY_VOID(check_topic_name(name));
  const auto what = fmt::format("cannot configure topic '{}'", name);
  if (change.partitions) DAYBOOK_TRY_VOID(add_partitions(name, *change.partitions, what));
  if (change.set.empty() && change.unset.empty()) return {};
  // This librdkafka has only the request that replaces all that is set.
  DAYBOOK_TRY(auto config, read_config(name, /*only_set=*/true, what));
  for (const auto& [key, value] : change.set) config[key] = value;
  for (const std::string& key : change.unset) config.erase(key);
  return write_config(name, config, what);
}

Status Admin::add_partitions(const std::string& name, std::int32_t partitions,
                             const std::string& what) {
  std::array<char, kReasonBytes> reason{};
  if (partitions < 1) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: {} partitions", what, partitions));
  }
  const NewPartitionsPtr wanted(rd_kafka_NewPartitions_new(
      name.c_str(), static_cast<std::size_t>(partitions), reason.data(), reason.size()));
  if (wanted == nullptr) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: {}", what, reason.data()));
  }
  DAYBOOK_TRY(const auto options, admin_options(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS));
  const QueuePtr queue(rd_kafka_queue_new(handle_.get()));
  rd_kafka_NewPartitions_t* list = wanted.get();
  rd_kafka_CreatePartitions(handle_.get(), &list, 1, options.get(), queue.get());
  DAYBOOK_TRY(const auto event, answer(queue.get(), what));
  std::size_t count = 0;
  const auto** results = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(event.get()), &count);
  if (count != 1) return kafka_fail(RD_KAFKA_RESP_ERR__BAD_MSG, what);
  return status_of(results[0], what);
}

Status Admin::write_config(const std::string& name,
                           const std::map<std::string, std::string>& config,
                           const std::string& what) {
  const ResourcePtr resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  for (const auto& [key, value] : config) {
    rd_kafka_ConfigResource_set_config(resource.get(), key.c_str(), value.c_str());
  }
  DAYBOOK_TRY(const auto options, admin_options(RD_KAFKA_ADMIN_OP_ALTERCONFIGS));
  const QueuePtr queue(rd_kafka_queue_new(handle_.get()));
  rd_kafka_ConfigResource_t* list = resource.get();
  rd_kafka_AlterConfigs(handle_.get(), &list, 1, options.get(), queue.get());
  DAYBOOK_TRY(const auto event, answer(queue.get(), what));
  std::size_t count = 0;
  const auto** results = rd_kafka_AlterConfigs_result_resources(
      rd_kafka_event_AlterConfigs_result(event.get()), &count);
  if (count != 1) return kafka_fail(RD_KAFKA_RESP_ERR__BAD_MSG, what);
  const auto error = rd_kafka_ConfigResource_error(results[0]);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const char* detail = rd_kafka_ConfigResource_error_string(results[0]);
  return kafka_fail(error, what, detail != nullptr ? detail : rd_kafka_err2str(error));
}

rd_kafka_resp_err_t find_offsets(rd_kafka_t& handle, rd_kafka_topic_partition_list_t& partitions,
                                 int wait_ms) {
  const auto error = rd_kafka_offsets_for_times(&handle, &partitions, wait_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  const std::span found(partitions.elems, static_cast<std::size_t>(partitions.cnt));
  const auto failed = std::ranges::find_if_not(found, is_found);
  return failed == found.end() ? RD_KAFKA_RESP_ERR_NO_ERROR : failed->err;
}

Result<ListPtr> Admin::find(const std::vector<TopicPartition>& partitions, std::int64_t time,
                            std::string_view what) {
  for (const auto& partition : partitions) DAYBOOK_TRY_VOID(check_topic_name(partition.topic));
  ListPtr list;
  const auto error = ask([&](int wait_ms) {
    list = list_of(partitions, time);
    return find_offsets(*handle_, *list, wait_ms);
  });
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return list;
  const std::span found(list->elems, partitions.size());
  const auto failed = std::ranges::find_if_not(found, is_found);
  const auto index = failed == found.end() ? 0 : failed - found.begin();
  return kafka_fail(error, fmt::format("{} {}", what, name_of(partitions.at(index))));
}

Result<OffsetRanges> Admin::offsets_of(const std::vector<TopicPartition>& partitions) {
  constexpr std::string_view kWhat = "cannot read the offsets of";
  if (partitions.empty()) return OffsetRanges{};
  DAYBOOK_TRY(const auto begins, find(partitions, RD_KAFKA_OFFSET_BEGINNING, kWhat));
  DAYBOOK_TRY(const auto ends, find(partitions, RD_KAFKA_OFFSET_END, kWhat));
  OffsetRanges ranges;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    ranges[partitions[i]] = {Offset{begins->elems[i].offset}, Offset{ends->elems[i].offset}};
  }
  return ranges;
}

Result<Offset> Admin::offset_at(const TopicPartition& partition, TimestampMs time) {
  DAYBOOK_TRY(const auto found, find({partition}, time.value, "cannot find an offset by time in"));
  if (found->elems[0].offset >= 0) return Offset{found->elems[0].offset};
  DAYBOOK_TRY(const auto ranges, offsets_of({partition}));
  return ranges.at(partition).end;
}

}  // namespace daybook::client::kafka
