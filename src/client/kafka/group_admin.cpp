#include "client/group_admin.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "client/kafka/handle.h"

namespace daybook::client {
namespace {

using kafka::Freed;
using kafka::kafka_fail;

using EventPtr = std::unique_ptr<rd_kafka_event_t, Freed<rd_kafka_event_destroy>>;
using OptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_t, Freed<rd_kafka_AdminOptions_destroy>>;
using DeletePtr = std::unique_ptr<rd_kafka_DeleteGroup_t, Freed<rd_kafka_DeleteGroup_destroy>>;
using AskOffsetsPtr = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                      Freed<rd_kafka_ListConsumerGroupOffsets_destroy>>;
using AlterOffsetsPtr = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t,
                                        Freed<rd_kafka_AlterConsumerGroupOffsets_destroy>>;

std::string text(const char* maybe) {
  return maybe == nullptr ? "" : maybe;
}

std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_t* list) {
  std::vector<TopicPartition> partitions;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    partitions.push_back({list->elems[i].topic, PartitionId{list->elems[i].partition}});
  }
  std::ranges::sort(partitions);
  return partitions;
}

GroupMember member_of(const rd_kafka_MemberDescription_t* described) {
  const auto* assignment = rd_kafka_MemberDescription_assignment(described);
  return {.id = text(rd_kafka_MemberDescription_consumer_id(described)),
          .instance_id = text(rd_kafka_MemberDescription_group_instance_id(described)),
          .client_id = text(rd_kafka_MemberDescription_client_id(described)),
          .host = text(rd_kafka_MemberDescription_host(described)),
          .assignment = partitions_of(
              assignment == nullptr ? nullptr : rd_kafka_MemberAssignment_partitions(assignment))};
}

Status status_of(const rd_kafka_error_t* error, const std::string& what) {
  if (error == nullptr || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  if (rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
    return fail(ErrorCode::kNotFound, what + ": there is no such group");
  }
  return kafka_fail(rd_kafka_error_code(error), what, rd_kafka_error_string(error));
}

class KafkaGroupAdmin final : public GroupAdmin {
 public:
  KafkaGroupAdmin(kafka::HandlePtr handle, milliseconds timeout)
      : handle_(std::move(handle)), timeout_(timeout) {}

  Result<std::vector<GroupSummary>> list() override {
    DAYBOOK_TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, "cannot list groups",
                                      [&](const auto* options, auto* queue) {
                                        rd_kafka_ListConsumerGroups(handle_.get(), options, queue);
                                      }));
    const auto* result = rd_kafka_event_ListConsumerGroups_result(event.get());
    std::size_t count = 0;
    const auto** errors = rd_kafka_ListConsumerGroups_result_errors(result, &count);
    if (count > 0) DAYBOOK_TRY_VOID(status_of(errors[0], "cannot list groups"));
    const auto** listed = rd_kafka_ListConsumerGroups_result_valid(result, &count);
    std::vector<GroupSummary> groups;
    for (std::size_t i = 0; i < count; ++i) {
      groups.push_back(
          {text(rd_kafka_ConsumerGroupListing_group_id(listed[i])),
           rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupListing_state(listed[i]))});
    }
    std::ranges::sort(groups, {}, &GroupSummary::id);
    return groups;
  }

  Result<GroupDescription> describe(const std::string& group) override {
    const auto what = fmt::format("cannot describe group '{}'", group);
    const char* name = group.c_str();
    DAYBOOK_TRY(
        const auto event,
        ask(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, what, [&](const auto* options, auto* queue) {
          rd_kafka_DescribeConsumerGroups(handle_.get(), &name, 1, options, queue);
        }));
    std::size_t count = 0;
    const auto** groups = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
    if (count != 1) return kafka_fail(RD_KAFKA_RESP_ERR__BAD_MSG, what);
    const auto* error = rd_kafka_ConsumerGroupDescription_error(groups[0]);
    const auto state = rd_kafka_ConsumerGroupDescription_state(groups[0]);
    const bool is_unknown =
        error != nullptr && rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND;
    if (is_unknown || state == RD_KAFKA_CONSUMER_GROUP_STATE_DEAD) return find_listed(group, what);
    DAYBOOK_TRY_VOID(status_of(error, what));
    GroupDescription description;
    description.id = group;
    description.state = rd_kafka_consumer_group_state_name(state);
    description.assignor = text(rd_kafka_ConsumerGroupDescription_partition_assignor(groups[0]));
    description.members.emplace();
    for (std::size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(groups[0]); ++i) {
      description.members->push_back(
          member_of(rd_kafka_ConsumerGroupDescription_member(groups[0], i)));
    }
    return description;
  }

  Result<Position> committed(const std::string& group) override {
    const auto what = fmt::format("cannot read the offsets of group '{}'", group);
    const AskOffsetsPtr request(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), nullptr));
    rd_kafka_ListConsumerGroupOffsets_t* requests = request.get();
    DAYBOOK_TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, what,
                                      [&](const auto* options, auto* queue) {
                                        rd_kafka_ListConsumerGroupOffsets(handle_.get(), &requests,
                                                                          1, options, queue);
                                      }));
    std::size_t count = 0;
    const auto** results = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
    if (count != 1) return kafka_fail(RD_KAFKA_RESP_ERR__BAD_MSG, what);
    DAYBOOK_TRY_VOID(status_of(rd_kafka_group_result_error(results[0]), what));
    Position position;
    const auto* list = rd_kafka_group_result_partitions(results[0]);
    for (int i = 0; list != nullptr && i < list->cnt; ++i) {
      const auto& each = list->elems[i];
      if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR) return kafka_fail(each.err, what);
      if (each.offset >= 0) {
        position[{each.topic, PartitionId{each.partition}}] = Offset{each.offset};
      }
    }
    return position;
  }

  Status commit(const std::string& group, const Position& position) override {
    const auto what = fmt::format("cannot set the offsets of group '{}'", group);
    const kafka::ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(position.size())));
    for (const auto& [partition, offset] : position) {
      rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(),
                                        partition.partition.value)
          ->offset = offset.value;
    }
    const AlterOffsetsPtr request(
        rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get()));
    rd_kafka_AlterConsumerGroupOffsets_t* requests = request.get();
    DAYBOOK_TRY(const auto event, ask(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, what,
                                      [&](const auto* options, auto* queue) {
                                        rd_kafka_AlterConsumerGroupOffsets(handle_.get(), &requests,
                                                                           1, options, queue);
                                      }));
    std::size_t count = 0;
    const auto** results = rd_kafka_AlterConsumerGroupOffsets_result_groups(
        rd_kafka_event_AlterConsumerGroupOffsets_result(event.get()), &count);
    if (count != 1) return kafka_fail(RD_KAFKA_RESP_ERR__BAD_MSG, what);
    DAYBOOK_TRY_VOID(status_of(rd_kafka_group_result_error(results[0]), what));
    const auto* set = rd_kafka_group_result_partitions(results[0]);
    for (int i = 0; set != nullptr && i < set->cnt; ++i) {
      if (set->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      return kafka_fail(set->elems[i].err, fmt::format("{}, {}-{}", what, set->elems[i].topic,
                                                       set->elems[i].partition));
    }
    return {};
  }

  Status remove(const std::string& group) override {
    const auto what = fmt::format("cannot delete group '{}'", group);
    const DeletePtr request(rd_kafka_DeleteGroup_new(group.c_str()));
    rd_kafka_DeleteGroup_t* requests = request.get();
    DAYBOOK_TRY(const auto event,
                ask(RD_KAFKA_ADMIN_OP_DELETEGROUPS, what, [&](const auto* options, auto* queue) {
                  rd_kafka_DeleteGroups(handle_.get(), &requests, 1, options, queue);
                }));
    std::size_t count = 0;
    const auto** results = rd_kafka_DeleteGroups_result_groups(
        rd_kafka_event_DeleteGroups_result(event.get()), &count);
    if (count != 1) return kafka_fail(RD_KAFKA_RESP_ERR__BAD_MSG, what);
    return status_of(rd_kafka_group_result_error(results[0]), what);
  }

 private:
  template <class Send>
  Result<EventPtr> ask(rd_kafka_admin_op_t operation, const std::string& what, Send send) {
    const OptionsPtr options(rd_kafka_AdminOptions_new(handle_.get(), operation));
    std::array<char, kafka::kReasonBytes> reason{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), kafka::timeout_ms(timeout_),
                                              reason.data(), reason.size());
    const kafka::QueuePtr queue(rd_kafka_queue_new(handle_.get()));
    send(options.get(), queue.get());
    EventPtr event(
        rd_kafka_queue_poll(queue.get(), kafka::timeout_ms(timeout_ + kafka::kMarginOverLibrary)));
    if (event == nullptr) return kafka_fail(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
    const auto error = rd_kafka_event_error(event.get());
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
    return kafka_fail(error, what, rd_kafka_event_error_string(event.get()));
  }

  // A group that is listed but not described: its protocol is not this library's.
  Result<GroupDescription> find_listed(const std::string& group, const std::string& what) {
    DAYBOOK_TRY(const auto groups, list());
    const auto found = std::ranges::find(groups, group, &GroupSummary::id);
    if (found == groups.end()) {
      return fail(ErrorCode::kNotFound, what + ": there is no such group");
    }
    return GroupDescription{
        .id = group, .state = found->state, .assignor = "", .members = std::nullopt};
  }

  kafka::HandlePtr handle_;
  milliseconds timeout_;
};

}  // namespace

Result<std::unique_ptr<GroupAdmin>> make_group_admin(const KafkaOptions& options) {
  DAYBOOK_TRY(auto conf, kafka::make_conf(options, {}));
  DAYBOOK_TRY(auto handle, kafka::make_handle(RD_KAFKA_CONSUMER, std::move(conf)));
  return std::make_unique<KafkaGroupAdmin>(std::move(handle), options.request_timeout);
}

}  // namespace daybook::client
