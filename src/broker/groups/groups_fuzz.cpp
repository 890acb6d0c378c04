// Any bytes as what a catalog knows of a group and what is then asked of it, in any protocol. They
// are read as small numbers: which of a few ids, topics, epochs and partitions. Byte 0 says the
// protocol, or that members of the classic and the consumer protocol are in the group, or that a
// group of the one becomes one of the other; after the members, each step is a request, or time
// that passes.
//
// Whatever was stored, the group takes part of it or nothing; no partition, and no active task, is
// held by two members; and a group that is stored as it is and restored, or that changes its
// protocol, has the members that it had.
//
// The same bytes are also taken for a consumer's metadata: no topics are found beyond its end.

#include <map>
#include <string>
#include <utility>

#include "base/check.h"
#include "broker/groups/consumer/upgrade.h"
#include "broker/groups/group.h"
#include "broker/groups/streams/streams_group.h"
#include "broker/groups/test_subscription.h"

namespace daybook::broker {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxMembers = 4;
constexpr std::size_t kMaxSteps = 64;
constexpr std::uint32_t kFirstMixed = 240;    // of byte 0
constexpr std::uint32_t kFirstStreams = 224;  // likewise

class Input {
 public:
  explicit Input(BytesView bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }
  // Below `bound`; 0 behind the end.
  std::uint32_t below(std::uint32_t bound) {
    if (left_.empty()) return 0;
    const auto number = std::to_integer<std::uint32_t>(left_.front());
    left_ = left_.subspan(1);
    return number % bound;
  }
  std::string name(const char* kind, std::uint32_t bound) {
    return kind + std::to_string(below(bound));
  }
  std::optional<std::string> maybe(const char* kind, std::uint32_t bound) {
    if (below(2) == 0) return std::nullopt;
    return name(kind, bound);
  }
  PartitionSets partitions() {
    PartitionSets sets;
    for (std::uint32_t count = below(3); count > 0; --count) {
      sets[topic_id(below(3))].insert(static_cast<std::int32_t>(below(4)) - 1);
    }
    return sets;
  }
  std::string regex() {
    constexpr std::array<const char*, 5> kRegexes = {"", "", "t.*", "(", "t1|t2"};
    return kRegexes[below(kRegexes.size())];
  }
  static Uuid topic_id(std::uint32_t number) {
    Uuid id;
    id.bytes.back() = static_cast<std::byte>(number + 1);
    return id;
  }

 private:
  BytesView left_;
};

TopicShapesPtr topics_of(Input& input) {
  auto shapes = std::make_shared<TopicShapes>();
  for (std::uint32_t number = 0; number < 3; ++number) {
    const auto partitions = static_cast<std::int32_t>(input.below(4));
    if (partitions == 0) continue;
    (*shapes)["t" + std::to_string(number)] = {Input::topic_id(number), partitions};
  }
  return shapes;
}

catalog::ConsumerMember stored_consumer(Input& input, bool mixed) {
  catalog::ConsumerMember member{.id = input.name("m", 3)};
  member.instance_id = input.maybe("i", 2);
  member.rebalance_timeout = seconds(input.below(100));
  for (std::uint32_t count = input.below(3); count > 0; --count) {
    member.topic_names.insert(input.name("t", 4));
  }
  member.topic_regex = input.regex();
  constexpr std::array<const char*, 3> kAssignors = {"uniform", "range", "other"};
  if (input.below(2) == 1) member.assignor = kAssignors[input.below(kAssignors.size())];
  member.epoch = static_cast<std::int32_t>(input.below(6)) - 2;
  member.previous_epoch = static_cast<std::int32_t>(input.below(6)) - 2;
  if (mixed && input.below(2) == 1) {
    member.classic = {.session_timeout = seconds(input.below(60)),
                      .protocols = {{"p2", subscription_bytes({"t1"})}}};
  }
  member.assigned = input.partitions();
  member.revoking = input.partitions();
  member.target = input.partitions();
  return member;
}

ConsumerBeat beat_of(Input& input) {
  ConsumerBeat beat;
  beat.member_id = input.name("m", 3);
  beat.member_epoch = static_cast<std::int32_t>(input.below(6)) - 2;
  beat.instance_id = input.maybe("i", 2);
  if (input.below(2) == 1) beat.rebalance_timeout = seconds(input.below(100));
  if (input.below(2) == 1) beat.topic_names = {input.name("t", 4)};
  if (input.below(4) == 1) beat.topic_regex = input.regex();
  if (input.below(4) == 1) beat.assignor = input.below(2) == 0 ? "uniform" : "range";
  if (input.below(2) == 1) beat.owned = input.partitions();
  return beat;
}

void check_holders(const ConsumerGroup& group) {
  std::map<std::pair<Uuid, std::int32_t>, std::string> holders;
  for (const DescribedConsumer& member : group.describe().members) {
    for (const auto& [topic, partitions] : member.assignment) {
      for (const std::int32_t partition : partitions) {
        const bool alone = holders.try_emplace({topic, partition}, member.member_id).second;
        DAYBOOK_CHECK(alone, "two members have a partition");
      }
    }
  }
}

void check_restoring(ConsumerGroup& group, TimePoint now) {
  catalog::Group stored;
  group.store(stored);
  group.lose_changes();
  stored.consumers = group.take_changes().changed;
  const auto again = ConsumerGroup::restored({}, std::move(stored), now);
  DAYBOOK_CHECK(again.member_count() == group.member_count(), "a member is lost in a restart");
  DAYBOOK_CHECK(again.epoch() == group.epoch(), "an epoch is lost in a restart");
}

JoinRequest classic_join_of(Input& input) {
  JoinRequest join;
  join.new_member_id = input.name("m", 3);
  if (input.below(2) == 1) join.member_id = input.name("m", 3);
  join.instance_id = input.maybe("i", 2);
  join.protocol_type = kConsumerProtocolType;
  NamedPartitions owned;
  if (input.below(2) == 1) {
    owned[input.name("t", 4)].insert(static_cast<std::int32_t>(input.below(4)) - 1);
  }
  join.protocols = {{input.name("p", 2), subscription_bytes({input.name("t", 4)}, owned)},
                    {"p2", subscription_bytes({}, owned)}};
  join.session_timeout = seconds(6 + input.below(60));
  join.rebalance_timeout = seconds(input.below(100));
  join.must_know_its_id = input.below(4) == 1;
  return join;
}

void check_downgrade(const ConsumerGroup& group, TimePoint now) {
  if (!group.may_become_classic()) return;
  const Group classic = Group::restored({}, group.as_classic(group.epoch()), now);
  DAYBOOK_CHECK(classic.member_count() == group.member_count(), "a member is lost in a change");
  DAYBOOK_CHECK(classic.generation() >= group.epoch(), "an epoch is lost in a change");
}

void step_of_classic(ConsumerGroup& group, Input& input, const TopicShapesPtr& topics,
                     TimePoint now) {
  const MemberIdentity member{input.name("m", 3), input.maybe("i", 2),
                              group.epoch() - static_cast<std::int32_t>(input.below(3))};
  switch (input.below(4)) {
    case 0:
      (void)group.heartbeat(member, topics, now);
      break;
    case 1: {
      SyncRequest sync;
      sync.member = member;
      const SyncResult told = group.sync(sync, topics, now);
      DAYBOOK_CHECK(read_assignment(told.assignment), "an assignment that cannot be read");
      break;
    }
    default:
      (void)group.join(classic_join_of(input), topics, now);
  }
  check_downgrade(group, now);
}

void run_steps(ConsumerGroup group, Input& input, TimePoint now, bool mixed);

void run_consumers(Input& input, bool mixed) {
  TimePoint now{seconds(1)};
  catalog::Group stored{.of_consumer_protocol = true,
                        .epoch = static_cast<std::int32_t>(input.below(6)),
                        .target_epoch = static_cast<std::int32_t>(input.below(6))};
  for (std::uint32_t count = input.below(kMaxMembers); count > 0; --count) {
    stored.consumers.push_back(stored_consumer(input, mixed));
  }
  run_steps(ConsumerGroup::restored({}, std::move(stored), now), input, now, mixed);
}

void run_steps(ConsumerGroup group, Input& input, TimePoint now, bool mixed) {
  TopicShapesPtr topics = topics_of(input);
  for (std::size_t step = 0; step < kMaxSteps && !input.empty(); ++step) {
    const std::uint32_t what = input.below(8);
    if (what == 0) {
      now += seconds(input.below(60));
      group.expire(now);
      DAYBOOK_CHECK(group.next_deadline() > now, "what is due is not done");
    } else if (what == 1) {
      topics = topics_of(input);
    } else if (what == 2) {
      (void)group.leave(LeavingMember{input.name("m", 3), input.maybe("i", 2)});
    } else if (mixed && what >= 5) {
      step_of_classic(group, input, topics, now);
    } else {
      (void)group.heartbeat(beat_of(input), topics, now);
    }
    check_holders(group);
    check_restoring(group, now);
    (void)group.reads("t0");
  }
}

std::vector<GroupProtocol> protocols_of(Input& input) {
  std::vector<GroupProtocol> protocols;
  for (std::uint32_t count = input.below(3); count > 0; --count) {
    protocols.push_back({input.name("p", 3), Bytes(input.below(8))});
  }
  return protocols;
}

catalog::GroupMember stored_member(Input& input) {
  catalog::GroupMember member{.id = input.name("m", 3)};
  member.instance_id = input.maybe("i", 2);
  member.session_timeout = seconds(input.below(100));
  member.rebalance_timeout = seconds(input.below(100));
  member.protocols = protocols_of(input);
  return member;
}

JoinRequest join_of(Input& input, std::size_t step) {
  JoinRequest join;
  join.new_member_id = "n" + std::to_string(step);
  if (input.below(2) == 1) join.member_id = input.name(input.below(2) == 0 ? "m" : "n", 8);
  join.instance_id = input.maybe("i", 2);
  join.protocol_type = "consumer";
  join.protocols = protocols_of(input);
  join.session_timeout = seconds(6 + input.below(60));
  join.rebalance_timeout = seconds(input.below(100));
  join.must_know_its_id = input.below(2) == 1;
  join.may_skip_assignment = input.below(2) == 1;
  return join;
}

void step_of(Group& group, Input& input, std::size_t step, TimePoint& now, Outbox& out) {
  const MemberIdentity member{input.name(input.below(2) == 0 ? "m" : "n", 8), input.maybe("i", 2),
                              group.generation() - static_cast<std::int32_t>(input.below(2))};
  switch (input.below(6)) {
    case 0:
      now += seconds(input.below(60));
      return group.expire(now, out);
    case 1:
      (void)group.heartbeat(member, now);
      return;
    case 2:
      (void)group.leave({member.member_id, member.instance_id}, now, out);
      return;
    case 3: {
      SyncRequest sync;
      sync.member = member;
      sync.assignments = {{input.name("m", 3), Bytes(3)}};
      return group.sync(std::move(sync), [](SyncResult) {}, now, out);
    }
    default:
      return group.join(join_of(input, step), [](JoinResult) {}, now, out);
  }
}

void run_classic(Input& input) {
  TimePoint now{seconds(1)};
  catalog::Group stored{.protocol_type = "consumer",
                        .epoch = static_cast<std::int32_t>(input.below(6)),
                        .protocol_name = input.name("p", 3),
                        .leader = input.name("m", 4),
                        .assigned = input.below(2) == 1};
  for (std::uint32_t count = input.below(kMaxMembers); count > 0; --count) {
    stored.members.push_back(stored_member(input));
  }
  const GroupSettings settings;
  Group group = Group::restored(settings, std::move(stored), now);
  for (std::size_t step = 0; step < kMaxSteps && !input.empty(); ++step) {
    Outbox out;
    step_of(group, input, step, now, out);
    out.deliver();
    (void)group.describe();
    (void)group.reads("t0");
    catalog::Group again;
    group.store(again);
    const std::size_t members = again.members.size();
    const Group restored = Group::restored(settings, std::move(again), now);
    DAYBOOK_CHECK(restored.member_count() == members, "a member is lost in a restart");
  }
  Outbox out;
  group.close(KafkaError::kCoordinatorNotAvailable, out);
  out.deliver();
}

// A group of the classic protocol, in any of its states, that changes.
void run_upgrade(Input& input) {
  const TimePoint now{seconds(1)};
  catalog::Group stored{.protocol_type = kConsumerProtocolType,
                        .epoch = static_cast<std::int32_t>(input.below(6)),
                        .protocol_name = "p2",
                        .leader = input.name("m", 2),
                        .assigned = input.below(2) == 1};
  for (std::uint32_t count = input.below(kMaxMembers); count > 0; --count) {
    JoinRequest says = classic_join_of(input);
    catalog::GroupMember& member = stored.members.emplace_back();
    member.id = std::move(says.new_member_id);
    member.instance_id = std::move(says.instance_id);
    member.protocols = std::move(says.protocols);
    member.session_timeout = says.session_timeout;
    member.rebalance_timeout = says.rebalance_timeout;
    const NamedPartitions has{{input.name("t", 4), {static_cast<std::int32_t>(input.below(3))}}};
    if (input.below(4) > 0) member.assignment = write_assignment(1, has);
  }
  const Group classic = Group::restored({}, std::move(stored), now);
  auto made = upgraded(classic, {}, *topics_of(input), now);
  DAYBOOK_CHECK(made, "a sound group cannot change");
  DAYBOOK_CHECK(made->member_count() == classic.member_count(), "a member is lost in a change");
  check_holders(*made);
  run_steps(std::move(*made), input, now, true);
}

// Up to two subtopologies, of which the first may write what the second reads.
StreamsTopology topology_of(Input& input) {
  StreamsTopology topology;
  topology.epoch = static_cast<std::int32_t>(input.below(2));
  topology.subtopologies.resize(1 + input.below(2));
  std::uint32_t number = 0;
  for (auto& subtopology : topology.subtopologies) {
    subtopology.subtopology_id = "s" + std::to_string(number++);
    if (input.below(2) == 1) subtopology.source_topics.push_back(input.name("t", 3));
    if (input.below(2) == 1) subtopology.repartition_sink_topics.push_back(input.name("t", 3));
    if (input.below(2) == 1) {
      auto& topic = subtopology.repartition_source_topics.emplace_back();
      topic.name = input.name("t", 3);
      topic.partitions = static_cast<std::int32_t>(input.below(3));
    }
    if (input.below(2) == 1) {
      subtopology.state_changelog_topics.emplace_back().name = input.name("t", 3);
    }
    if (input.below(2) == 1) {
      subtopology.copartition_groups.push_back({{0}, {}, {0}});
    }
  }
  return topology;
}

Tasks tasks_of(Input& input) {
  Tasks tasks;
  for (std::uint32_t count = input.below(3); count > 0; --count) {
    TaskSets& sets = input.below(2) == 0 ? tasks.active : tasks.standby;
    sets[input.name("s", 3)].insert(static_cast<std::int32_t>(input.below(4)) - 1);
  }
  return tasks;
}

catalog::StreamsMember stored_streams_member(Input& input) {
  catalog::StreamsMember member{.id = input.name("m", 3)};
  member.process_id = input.name("p", 2);
  member.rebalance_timeout = seconds(input.below(100));
  member.epoch = static_cast<std::int32_t>(input.below(6)) - 2;
  member.previous_epoch = static_cast<std::int32_t>(input.below(6)) - 2;
  member.assigned = tasks_of(input);
  member.revoking = tasks_of(input);
  member.target = tasks_of(input);
  return member;
}

StreamsBeat streams_beat_of(Input& input) {
  StreamsBeat beat;
  beat.member_id = input.name("m", 3);
  beat.member_epoch = static_cast<std::int32_t>(input.below(6)) - 1;
  if (input.below(2) == 1) beat.rebalance_timeout = seconds(input.below(100));
  if (input.below(2) == 1) beat.owned = tasks_of(input);
  beat.process_id = input.maybe("p", 2);
  if (input.below(4) == 1) beat.endpoint = {.host = "h", .port = 1};
  beat.shuts_down = input.below(8) == 1;
  if (beat.member_epoch != kJoinEpoch) return beat;
  StreamsTopology topology = topology_of(input);
  if (fault_of(topology).empty()) beat.topology = std::move(topology);
  return beat;
}

void check_runners(StreamsGroup& group, TimePoint now) {
  std::map<std::pair<std::string, std::int32_t>, std::string> runners;
  for (const catalog::StreamsMember& member : group.describe({}).members) {
    for_each_task(member.assigned.active, [&](const auto&... task) {
      DAYBOOK_CHECK(runners.try_emplace({task...}, member.id).second, "two members run a task");
    });
  }
  catalog::Group stored;
  group.store(stored);
  if (!read_topology(*stored.topology)) return;
  group.lose_changes();
  stored.streams = group.take_changes().changed_streams;
  const auto again = StreamsGroup::restored({}, std::move(stored), now);
  DAYBOOK_CHECK(again.member_count() == group.member_count(), "a member is lost in a restart");
  DAYBOOK_CHECK(again.epoch() == group.epoch(), "an epoch is lost in a restart");
}

void run_streams(Input& input) {
  TimePoint now{seconds(1)};
  catalog::Group stored{.epoch = static_cast<std::int32_t>(input.below(6)),
                        .target_epoch = static_cast<std::int32_t>(input.below(6))};
  stored.topology = write_topology(topology_of(input));
  for (std::uint32_t count = input.below(kMaxMembers); count > 0; --count) {
    stored.streams.push_back(stored_streams_member(input));
  }
  StreamsGroupSettings settings;
  StreamsGroup group = StreamsGroup::restored(settings, std::move(stored), now);
  TopicShapesPtr topics = topics_of(input);
  for (std::size_t step = 0; step < kMaxSteps && !input.empty(); ++step) {
    const std::uint32_t what = input.below(8);
    if (what == 0) {
      now += seconds(input.below(60));
      group.expire(now);
      DAYBOOK_CHECK(group.next_deadline() > now, "what is due is not done");
    } else if (what == 1) {
      topics = topics_of(input);
    } else if (what == 2) {
      settings.standby_replicas = static_cast<std::int32_t>(input.below(3));
      group.configure(settings);
    } else {
      (void)group.heartbeat(streams_beat_of(input), topics, now);
    }
    check_runners(group, now);
    (void)group.reads("t0");
  }
}

void check_metadata(BytesView bytes) {
  (void)read_subscription(bytes);
  if (const auto partitions = read_assignment(bytes)) {
    DAYBOOK_CHECK(read_assignment(write_assignment(0, *partitions)) == partitions,
                  "an assignment is written otherwise than it is read");
  }
  const auto topics = subscribed_topics(bytes);
  if (!topics) return;
  std::size_t found = 0;
  for (const std::string& topic : *topics) found += sizeof(std::int16_t) + topic.size();
  DAYBOOK_CHECK(found <= bytes.size(), "topics beyond the end");
}

}  // namespace
}  // namespace daybook::broker

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook;
  const BytesView bytes(reinterpret_cast<const std::byte*>(data), size);
  broker::check_metadata(bytes);
  broker::Input input(bytes);
  const std::uint32_t what = input.below(256);
  const bool mixed = what >= broker::kFirstMixed;
  if (what >= broker::kFirstStreams && !mixed) {
    broker::run_streams(input);
  } else if (what % 2 == 0) {
    broker::run_consumers(input, mixed);
  } else if (mixed) {
    broker::run_upgrade(input);
  } else {
    broker::run_classic(input);
  }
  return 0;
}
