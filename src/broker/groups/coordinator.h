// All consumer groups of the server: finds the group that a request means, gives it the time, sends
// its answers and wakes it when a deadline has come. A group is kept while it has members; what it
// committed is kept apart (broker/groups/committed_offsets.h) and outlives it.
//
// Threads: any.

#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/groups/group.h"
#include "broker/timers.h"

namespace daybook::broker {

struct Metrics;

class GroupCoordinator {
 public:
  GroupCoordinator(const GroupSettings& settings, io::Clock& clock, Timers& timers,
                   Metrics& metrics);

  // The reply is called once, at once or later, on any thread.
  void join(const std::string& group_id, JoinRequest request, JoinReply reply);
  void sync(const std::string& group_id, SyncRequest request, SyncReply reply);
  KafkaError heartbeat(const std::string& group_id, const MemberIdentity& member);
  std::vector<KafkaError> leave(const std::string& group_id,
                                std::span<const LeavingMember> members);
  // May these offsets be committed now?
  KafkaError check_commit(const std::string& group_id, const MemberIdentity& member);

  // Answers everybody who waits, and from now on everybody, with COORDINATOR_NOT_AVAILABLE.
  void stop();

 private:
  struct Entry {
    Group group;
    TimePoint armed_at = TimePoint::max();
    Timers::Id timer = Timers::kNone;
  };
  using Groups = std::map<std::string, Entry, std::less<>>;

  // Runs `action(group, now, out)` on the group under the lock, then sends what it answered.
  // `action` gets null if there is no such group, unless `make` asks for it.
  template <class Action>
  auto with_group(const std::string& group_id, bool make, Action action);
  void settle(Groups::iterator entry);
  void on_deadline(const std::string& group_id);

  const GroupSettings settings_;
  io::Clock& clock_;
  Timers& timers_;
  Metrics& metrics_;
  std::mutex mutex_;
  Groups groups_;
  bool stopped_ = false;
};

}  // namespace daybook::broker
