// One group of the consumer protocol (KIP-848): the server decides who reads what, and members get
// there one by one, without stopping each other. This is the state machine and nothing else: no
// thread, no clock, no network. Time and a picture of the topics come in with each call; expire()
// is called when next_deadline() has come.
//
// Three epochs: the group's, raised when members, subscriptions or topics change; that of the
// target assignment, which follows it at the next heartbeat; and each member's, which follows when
// the member has given back what it must not read any more:
//
//   stable --new target, nothing to give back--> stable, or unreleased if others hold its
//   partitions stable --new target, something to give back--> unrevoked --it has, says its
//   heartbeat--> as above unreleased --others have given them back--> stable
//
// Members may speak the classic protocol (classic_members.cpp): they are told to join again when
// there is something to give back or to get, and what they say that they own when they do is what
// they have. Their epoch is their generation, and nobody leads.
//
// Invariants: a partition is held by one member at most, from the heartbeat that gives it until
// the one that gives it back, or until the member is removed; the group's epoch never goes back.
//
// Threads: one at a time.

#pragma once

#include <expected>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/groups/consumer/assignors.h"
#include "broker/groups/consumer/consumer_messages.h"
#include "broker/groups/consumer/topic_regex.h"
#include "broker/groups/consumer/topic_shapes.h"
#include "broker/groups/group_messages.h"
#include "broker/groups/subscription.h"

namespace daybook::broker {

struct ConsumerGroupSettings {
  std::chrono::milliseconds session_timeout{45'000};
  std::chrono::milliseconds heartbeat_interval{5'000};
  std::size_t max_members = 1'000;
};

class ConsumerGroup {
 public:
  // An empty one, whose next epoch is the one after `epoch`.
  explicit ConsumerGroup(const ConsumerGroupSettings& settings, std::int32_t epoch = 0)
      : settings_(settings), epoch_(epoch), target_epoch_(epoch) {}

  // As store() and take_changes() have described it. Its members have a session's time to be heard
  // from again.
  static ConsumerGroup restored(const ConsumerGroupSettings& settings, catalog::Group stored,
                                TimePoint now);

  // Holds from the next heartbeat of each member on.
  void configure(const ConsumerGroupSettings& settings) { settings_ = settings; }

  // `beat` is complete and fits together (apis/consumer_group_heartbeat).
  ConsumerBeatResult heartbeat(ConsumerBeat beat, const TopicShapesPtr& topics, TimePoint now);
  // What members ask that speak the classic protocol. `request` is sound (Group::fault_of).
  JoinResult join(JoinRequest request, const TopicShapesPtr& topics, TimePoint now);
  SyncResult sync(const SyncRequest& request, const TopicShapesPtr& topics, TimePoint now);
  KafkaError heartbeat(const MemberIdentity& identity, const TopicShapesPtr& topics, TimePoint now);
  // All members speak the classic protocol, and what they have can be told under topic names.
  bool may_become_classic() const;
  // What it then becomes: a generation that nobody leads, whose members have what they have now. It
  // is at least `least`.
  catalog::Group as_classic(std::int32_t least) const;

  // Puts a member out, as a tool asks for it.
  KafkaError leave(const LeavingMember& leaving);
  // May this member commit offsets, or ask for them?
  KafkaError check_commit(const MemberIdentity& member) const;
  KafkaError check_fetch(const MemberIdentity& member) const;

  // Puts out who is silent or does not give back its partitions.
  void expire(TimePoint now);
  TimePoint next_deadline() const;  // TimePoint::max(): none

  std::string_view state_name() const;  // as Kafka's tools show it
  ConsumerGroupDescription describe() const;
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

  struct Member : catalog::ConsumerMember {
    std::size_t names_bytes = 0;  // of topic_names, in the catalog
    Progress progress = Progress::kStable;
    TimePoint silent_until = TimePoint::max();    // no heartbeat by then: it is removed
    TimePoint revoking_until = TimePoint::max();  // likewise, if it has not given back
    // Likewise, if it speaks the classic protocol and was told to join again, or has joined and is
    // to ask for its assignment.
    TimePoint next_step_until = TimePoint::max();
    bool changed = false;  // since take_changes()
  };
  using Members = std::map<std::string, Member>;  // by their ids

  using StaticIds = std::map<std::string, std::string>;  // instance id -> member id

  // consumer_group.cpp: members come, speak and go
  std::expected<Members::iterator, ConsumerBeatResult> find_member(const ConsumerBeat& beat);
  static bool may_be_replaced(const Member& member, const ConsumerBeat& by);
  static KafkaError check_epoch(const Member& member, std::int32_t epoch);
  static bool speaks_in_time(const Member& member, const ConsumerBeat& beat);
  Members::iterator take_place(StaticIds::iterator place, const std::string& member_id);
  bool update(Member& member, ConsumerBeat& beat);
  ConsumerBeatResult leave(const ConsumerBeat& beat);
  void remove(Members::iterator member);

  void heard_from(Member& member, TimePoint now) const;

  // classic_members.cpp: members that speak the classic protocol
  std::expected<ConsumerBeat, KafkaError> to_beat(JoinRequest request) const;
  bool shares_protocol(const JoinRequest& request) const;
  KafkaError identify(const MemberIdentity& identity) const;
  bool has_to_rejoin(const Member& member) const;
  NamedPartitions by_name(const PartitionSets& sets) const;

  // consumer_group_store.cpp: what outlasts a restart
  void restore(catalog::ConsumerMember stored, TimePoint now);
  void touch(Member& member);
  bool has_room_for(const ConsumerBeat& beat, const Member* member) const;

  // consumer_group_assign.cpp: from subscriptions to targets, and from targets to assignments
  bool know_pattern(const std::string& pattern, std::string& wrong);
  void forget_unused_patterns();
  void look_at(const TopicShapesPtr& topics);
  std::map<Uuid, std::int32_t> topics_of(const Member& member) const;  // and their partitions
  std::string preferred_assignor() const;
  void make_target();
  bool arrived(const Member& member) const;
  void reconcile(Member& member, const std::optional<PartitionSets>& owned, bool has_nothing,
                 TimePoint now);
  void move_on(Member& member, std::int32_t epoch, bool has_nothing);
  bool is_held(const Uuid& topic, std::int32_t partition) const;
  void hold(const Member& member);
  void release(const Member& member);

  struct Pattern {
    TopicRegex regex;
    std::vector<std::string> topics;  // those of `topics_` that match
  };

  ConsumerGroupSettings settings_;
  std::int32_t epoch_;
  std::int32_t target_epoch_;
  std::int64_t rebalances_ = 0;
  std::uint64_t changes_ = 0;
  bool all_changed_ = true;     // nothing of it is stored
  std::set<std::string> gone_;  // members, since take_changes()
  Members members_;
  StaticIds static_ids_;
  std::map<Uuid, std::map<std::int32_t, std::string>> holders_;  // of partitions
  TopicShapesPtr topics_ = std::make_shared<TopicShapes>();
  std::map<Uuid, std::int32_t> read_topics_;  // what the target is made for, with partitions
  std::map<std::string, Pattern> patterns_;
};

}  // namespace daybook::broker
