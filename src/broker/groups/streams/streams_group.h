// One group of the streams protocol (KIP-1071): the server knows what the application is made of
// and decides which member runs which tasks. As a group of the consumer protocol
// (broker/groups/consumer/consumer_group.h) with tasks in the place of partitions: a state machine
// and nothing else, with the same three epochs, and the same way from a target to what each member
// has.
//
// The first member brings the topology; whoever joins later must have the same, or an older one
// (it is told that it is stale). Another one takes its place when the group is empty. As long as
// topics are missing or do not fit the topology, nobody has tasks, and members are told why.
//
// Invariants: an active task is held by one member at most, from the heartbeat that gives it until
// the one that gives it back, or until the member is removed; of a task there is one active or
// standby on a process at most; the group's epoch never goes back.
//
// Threads: one at a time.

#pragma once

#include <expected>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "broker/groups/consumer/topic_shapes.h"
#include "broker/groups/group_messages.h"
#include "broker/groups/streams/streams_messages.h"

namespace daybook::broker {

struct StreamsGroupSettings {
  std::chrono::milliseconds session_timeout{45'000};
  std::chrono::milliseconds heartbeat_interval{5'000};
  std::int32_t standby_replicas = 0;
  std::size_t max_members = 1'000;
};

class StreamsGroup {
 public:
  // An empty one, whose next epoch is the one after `epoch`.
  explicit StreamsGroup(const StreamsGroupSettings& settings, std::int32_t epoch = 0)
      : settings_(settings), epoch_(epoch), target_epoch_(epoch) {}

  // As store() and take_changes() have described it. Its members have a session's time to be heard
  // from again.
  static StreamsGroup restored(const StreamsGroupSettings& settings, catalog::Group stored,
                               TimePoint now);

  // Holds from the next heartbeat of each member on.
  void configure(const StreamsGroupSettings& settings);

  // `beat` is complete and fits together (apis/streams_group_heartbeat).
  StreamsBeatResult heartbeat(StreamsBeat beat, const TopicShapesPtr& topics, TimePoint now);
  // May this member commit offsets, or ask for them? A commit that was sent before the member heard
  // of its newest epoch is taken if it has not given back an active task since.
  KafkaError check_commit(const MemberIdentity& identity) const;
  KafkaError check_fetch(const MemberIdentity& identity) const;

  // Puts out who is silent or does not give back its tasks.
  void expire(TimePoint now);
  TimePoint next_deadline() const;  // TimePoint::max(): none

  std::string_view state_name() const;  // as Kafka's tools show it
  StreamsGroupDescription describe(const TopicShapes& topics) const;
  bool reads(std::string_view topic) const;

  std::int32_t epoch() const { return epoch_; }
  // Changes with what outlasts a restart: what store() writes, and the members.
  std::uint64_t revision() const { return static_cast<std::uint64_t>(epoch_) + changes_; }
  void store(catalog::Group& into) const;
  // The members' changes since the last call.
  catalog::ConsumerChanges take_changes();
  // What was taken is not stored: the next call gives everything.
  void lose_changes() { all_changed_ = true; }
  std::size_t member_count() const { return members_.size(); }
  std::int64_t rebalances() const { return rebalances_; }

 private:
  enum class Progress : std::uint8_t { kStable, kUnrevoked, kUnreleased };

  struct Member : catalog::StreamsMember {
    Progress progress = Progress::kStable;
    std::int32_t keeps_since = 0;  // the epoch from which on it has given back no active task
    TimePoint silent_until = TimePoint::max();    // no heartbeat by then: it is removed
    TimePoint revoking_until = TimePoint::max();  // likewise, if it has not given back
    bool changed = false;                         // since take_changes()
  };
  using Members = std::map<std::string, Member>;  // by their ids
  using Task = std::pair<std::string, std::int32_t>;

  // streams_group.cpp: members come, speak and go
  std::expected<Members::iterator, StreamsBeatResult> find_member(const StreamsBeat& beat);
  static bool speaks_in_time(const Member& member, const StreamsBeat& beat);
  StreamsBeatResult leave(const StreamsBeat& beat);
  bool update(Member& member, const StreamsBeat& beat);
  bool fits(const StreamsTopology& topology) const;
  bool has_unknown_tasks(const StreamsBeat& beat) const;
  void restore(catalog::StreamsMember stored, TimePoint now);
  void remove(Members::iterator member);
  void touch(Member& member);
  std::vector<StreamsStatus> status_for(const Member& member) const;
  std::vector<EndpointPartitions> endpoints() const;
  std::map<std::string, std::vector<std::int32_t>> partitions_of(const TaskSets& tasks) const;

  // streams_group_assign.cpp: from the topology to targets, and from targets to assignments
  void take_topology(StreamsTopology topology);
  void look_at(const TopicShapesPtr& topics);
  bool is_ready() const { return topology_ && !configured_.problem; }
  void make_target();
  bool arrived(const Member& member) const;
  void reconcile(Member& member, const std::optional<Tasks>& owned, bool has_nothing,
                 TimePoint now);
  void move_on(Member& member, std::int32_t epoch, const Tasks* owned, bool has_nothing);
  bool may_run(const Member& member, const Task& task) const;
  bool may_stand_by(const Member& member, const Task& task) const;
  void hold(const Member& member);
  void release(const Member& member);

  StreamsGroupSettings settings_;
  std::int32_t epoch_;
  std::int32_t target_epoch_;
  std::int64_t rebalances_ = 0;
  std::uint64_t changes_ = 0;
  bool all_changed_ = true;     // nothing of it is stored
  std::set<std::string> gone_;  // members, since take_changes()
  Members members_;
  std::optional<StreamsTopology> topology_;
  Bytes topology_bytes_;  // the same, as it is stored
  TopicShapesPtr topics_ = std::make_shared<TopicShapes>();
  ConfiguredTopology configured_;                 // of both
  std::map<std::string, std::int32_t> assigned_;  // the tasks that the target is made for, counted
  std::map<Task, std::string> runners_;           // the processes of active tasks
  std::set<std::pair<std::string, Task>> standbys_;  // and their processes
  std::string shut_down_by_;                         // the member that has asked for it
  std::int32_t endpoint_epoch_ = 0;
};

}  // namespace daybook::broker
