// One consumer group: who is in it, which generation it is in, and what each member was assigned.
// This is the state machine of Kafka's classic group protocol, and nothing else: no thread, no
// clock, no network. Time comes in with each call, answers go out through the Outbox, and expire()
// is called when next_deadline() has come.
//
//   empty --join--> preparing --all joined, or time is up--> completing --leader syncs--> stable
//            ^                                                  |                           |
//            +---- somebody joins, leaves or is silent for too long <----------------------+
//
// Invariants: every reply that was taken is answered exactly once; outside of preparing nobody
// waits to join, outside of completing nobody waits to sync; the leader is a member.
//
// Threads: one at a time.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/groups/group_messages.h"
#include "broker/groups/migration_policy.h"
#include "broker/outbox.h"

namespace daybook::broker {

struct GroupSettings {
  std::chrono::milliseconds least_session_timeout{6'000};
  std::chrono::milliseconds most_session_timeout{1'800'000};
  // How long an empty group waits for more members after one joined, so that consumers that start
  // together rebalance once.
  std::chrono::milliseconds initial_delay{100};
  std::size_t max_members = 1'000;
  // How long a member that has never been in a generation may wait to be let in.
  std::chrono::milliseconds new_member_timeout{300'000};
  // How long what a group has committed is kept after its last member has gone; 0: for ever.
  std::chrono::milliseconds offsets_retention{0};
  MigrationPolicy migration = MigrationPolicy::kBidirectional;
};

enum class GroupState : std::uint8_t { kEmpty, kPreparing, kCompleting, kStable };

class Group {
 public:
  // An empty one, whose next generation is the one after `generation`.
  explicit Group(const GroupSettings& settings, std::int32_t generation = 0,
                 std::string protocol_type = "")
      : settings_(settings), generation_(generation), protocol_type_(std::move(protocol_type)) {}

  // As store() has described it. Its members have a session's time to be heard from again. If
  // nobody leads them they were in a group of the consumer protocol, and are to join again.
  static Group restored(const GroupSettings& settings, catalog::Group stored, TimePoint now);
  // Writes down what outlasts a restart: the generation and, but for an empty group and one that is
  // preparing its second one or a later one, its members.
  void store(catalog::Group& into) const;
  // The members in any case, with what they were assigned last.
  void store_as_it_is(catalog::Group& into) const;
  // Changes with what store() writes.
  std::uint64_t revision() const { return revision_; }

  // What is wrong with a request, whichever group it is for.
  static KafkaError fault_of(const JoinRequest& request, const GroupSettings& settings);
  void join(JoinRequest request, JoinReply reply, TimePoint now, Outbox& out);
  void sync(SyncRequest request, SyncReply reply, TimePoint now, Outbox& out);
  KafkaError heartbeat(const MemberIdentity& member, TimePoint now);
  KafkaError leave(const LeavingMember& member, TimePoint now, Outbox& out);
  // May this member commit offsets now? Counts as a heartbeat if it may.
  KafkaError check_commit(const MemberIdentity& member, TimePoint now);

  // Does what is due at `now`. To be called at next_deadline(); earlier is harmless.
  void expire(TimePoint now, Outbox& out);
  TimePoint next_deadline() const;  // TimePoint::max(): none

  // Answers everybody who waits with `error`. The group must not be used again.
  void close(KafkaError error, Outbox& out);

  GroupDescription describe() const;
  // Does a member read this topic? Also true if that cannot be known. For groups of consumers.
  bool reads(std::string_view topic) const;

  // Nobody is in it or about to be.
  bool deserted() const { return members_.empty() && pending_.empty(); }
  GroupState state() const { return state_; }
  std::string_view state_name() const;  // as Kafka's tools show it
  std::int32_t generation() const { return generation_; }
  std::size_t member_count() const { return members_.size(); }
  const std::string& leader_id() const { return leader_id_; }
  const std::string& protocol_name() const { return protocol_name_; }
  const std::string& protocol_type() const { return protocol_type_; }
  std::int64_t rebalances() const { return rebalances_; }

 private:
  struct Member {
    std::optional<std::string> instance_id;
    std::string client_id;
    std::string client_host;
    std::vector<GroupProtocol> protocols;
    std::chrono::milliseconds session_timeout;
    std::chrono::milliseconds rebalance_timeout;
    bool synced = false;  // has asked for this generation's assignment
    Bytes assignment{};
    JoinReply join_reply{};                     // set: it waits for the others to join
    SyncReply sync_reply{};                     // set: it waits for the leader's assignment
    TimePoint silent_until = TimePoint::max();  // no sign of life by then: it is removed

    bool supports(std::string_view protocol) const;
    const Bytes& metadata(std::string_view protocol) const;
  };
  using Members = std::map<std::string, Member>;

  // group_join.cpp: how members come in
  KafkaError refusal(const JoinRequest& request) const;
  void join_new(JoinRequest request, JoinReply reply, TimePoint now, Outbox& out);
  void join_known(JoinRequest request, JoinReply reply, TimePoint now, Outbox& out);
  void add_member(std::string id, JoinRequest request, JoinReply reply, TimePoint now, Outbox& out);
  void rejoin(Member& member, JoinRequest request, JoinReply reply, TimePoint now, Outbox& out);
  static void take_over(Member& member, JoinRequest& request);
  void replace_static(JoinRequest request, JoinReply reply, TimePoint now, Outbox& out);
  JoinResult joined(const std::string& member_id) const;

  // group.cpp: how generations come and go
  void prepare(TimePoint now, Outbox& out);
  void complete_if_all_joined(TimePoint now, Outbox& out);
  void complete_join(TimePoint now, Outbox& out);
  bool elect_leader();
  void remove_unsynced(TimePoint now, Outbox& out);
  void become_stable(std::vector<Assignment> assignments, TimePoint now, Outbox& out);
  void refuse_waiting(Member& member, KafkaError error, Outbox& out);
  void remove_member(Members::iterator member, TimePoint now, Outbox& out);
  void expire_members(TimePoint now, Outbox& out);
  KafkaError identify(const MemberIdentity& member) const;
  SyncResult synced(const Member& member) const;

  std::string select_protocol() const;
  bool shared_with_all(const std::vector<GroupProtocol>& protocols) const;
  bool all_support(std::string_view protocol) const;
  std::chrono::milliseconds longest_rebalance_timeout() const;
  static void heard_from(Member& member, TimePoint now);

  const GroupSettings settings_;
  GroupState state_ = GroupState::kEmpty;
  std::int32_t generation_;
  std::uint64_t revision_ = 0;
  std::int64_t rebalances_ = 0;
  std::string protocol_type_;  // also of an empty group: that of its last members
  std::string protocol_name_;
  std::string leader_id_;
  Members members_;
  std::map<std::string, std::string> static_ids_;  // instance id -> member id
  std::map<std::string, TimePoint> pending_;       // ids given out, until they are used
  bool has_changed_protocol_ = false;              // it is preparing its first generation since
  bool gathering_ = false;                         // preparing, and in the initial delay
  TimePoint gathering_end_{};                      // the initial delay is not extended beyond
  TimePoint phase_deadline_ = TimePoint::max();    // for all to join, or for all to sync
};

}  // namespace daybook::broker
