// All consumer groups of the server: finds the group that a request means, gives it the time, sends
// its answers and wakes it when a deadline has come.
//
// What it keeps: a generation (or group epoch) is durable in the catalog before anybody is told of
// it, so that after a crash they go on where they were. With it its members are, and what they were
// assigned: they outlast a restart, and have a session's time to be heard from again. What a group
// has committed is kept apart (broker/groups/committed_offsets.h); a commit is checked and queued
// in one step, so that whoever was replaced meanwhile cannot overwrite what the new owner of a
// partition commits.
//
// A group with members changes its protocol if the policy lets it (GroupSettings::migration), in
// one decision of the catalog: to the consumer protocol with the first member that speaks it, and
// back when none is left that does.
//
// A group is forgotten when it has neither members nor committed offsets.
//
// Threads: any.

#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/groups/any_group.h"
#include "broker/groups/committed_offsets.h"
#include "broker/timers.h"
#include "log/partition_set.h"

namespace daybook::broker {

class GroupConfigs;
struct Metrics;

// What a tool is told of each group.
struct ListedGroup {
  std::string id;
  std::string protocol_type;
  std::string_view state;
  std::string_view type;
};

class GroupCoordinator {
 public:
  // `stored` is what the catalog held at start.
  GroupCoordinator(const GroupSettings& settings, const GroupConfigs& configs,
                   std::vector<catalog::Group> stored, io::Clock& clock, Timers& timers,
                   Decisions& decisions, CommittedOffsets& offsets, Metrics& metrics);

  const GroupSettings& settings() const { return settings_; }

  // The reply is called once, at once or later, on any thread.
  void join(const std::string& group_id, JoinRequest request, const TopicShapesPtr& topics,
            JoinReply reply);
  void sync(const std::string& group_id, SyncRequest request, const TopicShapesPtr& topics,
            SyncReply reply);
  KafkaError heartbeat(const std::string& group_id, const MemberIdentity& member,
                       const TopicShapesPtr& topics);
  std::vector<KafkaError> leave(const std::string& group_id,
                                std::span<const LeavingMember> members);
  // Joining, leaving and everything between, in the consumer protocol.
  void consumer_heartbeat(const std::string& group_id, ConsumerBeat beat,
                          const TopicShapesPtr& topics, ConsumerBeatReply reply);
  // The same in the streams protocol.
  void streams_heartbeat(const std::string& group_id, StreamsBeat beat,
                         const TopicShapesPtr& topics, StreamsBeatReply reply);
  // May this member, or whoever is none, be told what the group has committed?
  KafkaError check_fetch(const std::string& group_id, const MemberIdentity& member);
  // If this member may commit offsets now, runs `queue`, which is to give them to the catalog,
  // before the group can change. It must not block.
  KafkaError commit(const std::string& group_id, const MemberIdentity& member,
                    std::move_only_function<void()> queue);

  // For tools. A group that only has committed offsets is an empty one.
  std::vector<ListedGroup> list() const;  // ordered by id
  // Nothing if there is no such group of the protocol that is asked for.
  std::optional<GroupDescription> describe(const std::string& group_id) const;
  std::optional<ConsumerGroupDescription> describe_consumers(const std::string& group_id) const;
  std::optional<StreamsGroupDescription> describe_streams(const std::string& group_id,
                                                          const TopicShapes& topics) const;
  // Forgets an empty group and all that it has committed. `done` runs on any thread.
  void remove(const std::string& group_id, std::move_only_function<void(KafkaError)> done);
  // Forgets what the group has committed for these partitions, where no member reads them. An
  // error for the group, or one for each partition.
  using OffsetsRemoved = std::move_only_function<void(KafkaError, std::vector<KafkaError>)>;
  void remove_offsets(const std::string& group_id,
                      const std::vector<log::TopicPartition>& partitions, OffsetsRemoved done);

  // Forgets offsets that have outlived GroupSettings::offsets_retention, and groups that have
  // nothing left. Called by a timer of its own.
  void expire_offsets();

  // Answers everybody who waits, and from now on everybody, with COORDINATOR_NOT_AVAILABLE.
  void stop();

 private:
  struct Entry {
    explicit Entry(AnyGroup g) : group(std::move(g)) {}
    AnyGroup group;
    std::uint64_t stored_revision = 0;  // in the catalog, or on its way there
    int saves_under_way = 0;
    TimestampMs emptied_at = kNoTimestamp;
    TimePoint armed_at = TimePoint::max();
    Timers::Id timer = Timers::kNone;
  };
  using Groups = std::map<std::string, Entry, std::less<>>;

  // Runs `action(group, now, out)` on the group under the lock, then sends what it answered: after
  // a new generation is durable, if there is one. `action` gets null if there is no such group,
  // unless `make` asks for it.
  template <class Action>
  auto with_group(const std::string& group_id, bool make, Action action);
  void restore(catalog::Group stored);
  ConsumerBeatResult upgrade(AnyGroup& group, const std::string& group_id, ConsumerBeat beat,
                             const TopicShapesPtr& topics, TimePoint now, Outbox& out);
  void downgrade_if_due(AnyGroup& group, std::int32_t epoch_before, TimePoint now) const;
  Groups::iterator make_group(const std::string& group_id);
  void arm(Groups::iterator entry);
  void save(Groups::iterator entry, Outbox out);
  void on_saved(const std::string& group_id, const Status& saved);
  void on_deadline(const std::string& group_id);
  void forget(const std::string& group_id);
  void forget_idle_locked();
  void arm_expiry();
  bool has_expired(const Entry* entry, const catalog::CommittedOffset& offset,
                   TimestampMs now) const;

  const GroupSettings settings_;
  const GroupConfigs& configs_;
  io::Clock& clock_;
  Timers& timers_;
  Decisions& decisions_;
  CommittedOffsets& offsets_;
  Metrics& metrics_;
  mutable std::mutex mutex_;
  Groups groups_;
  bool stopped_ = false;
};

}  // namespace daybook::broker
