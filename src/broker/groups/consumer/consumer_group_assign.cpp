// From what the members read to the target assignment, and from there to what each of them has.

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "broker/groups/consumer/consumer_group.h"
#include "broker/limits.h"

namespace daybook::broker {
namespace {

std::vector<std::string> matching(const TopicRegex& regex, const TopicShapes& topics) {
  std::vector<std::string> names;
  for (const auto& [name, shape] : topics) {
    if (regex.matches(name)) names.push_back(name);
  }
  return names;
}

}  // namespace

// Compiles the pattern unless somebody has it already. False if it is none: `wrong` says why.
bool ConsumerGroup::know_pattern(const std::string& pattern, std::string& wrong) {
  if (pattern.empty() || patterns_.contains(pattern)) return true;
  if (patterns_.size() >= kMaxRegexesPerGroup) {
    wrong = "The members of a group may have " + std::to_string(kMaxRegexesPerGroup) +
            " different regular expressions at most.";
    return false;
  }
  auto regex = TopicRegex::compile(pattern);
  if (!regex) {
    wrong = "SubscribedTopicRegex `" + pattern +
            "` is not a valid regular expression: " + regex.error().message + ".";
    return false;
  }
  auto topics = matching(*regex, *topics_);
  patterns_.emplace(pattern, Pattern{std::move(*regex), std::move(topics)});
  return true;
}

void ConsumerGroup::forget_unused_patterns() {
  std::erase_if(patterns_, [&](const auto& pattern) {
    return std::ranges::none_of(
        members_, [&](const auto& m) { return m.second.topic_regex == pattern.first; });
  });
}

// The target is made anew if topics that somebody reads have come, gone or grown.
void ConsumerGroup::look_at(const TopicShapesPtr& topics) {
  if (topics == topics_) return;
  topics_ = topics;
  for (auto& [text, pattern] : patterns_) pattern.topics = matching(pattern.regex, *topics_);
  std::map<Uuid, std::int32_t> read;
  for (const auto& [id, member] : members_) {
    for (const auto& [topic, partitions] : topics_of(member)) read.emplace(topic, partitions);
  }
  if (read != read_topics_) ++epoch_;
}

std::map<Uuid, std::int32_t> ConsumerGroup::topics_of(const Member& member) const {
  std::map<Uuid, std::int32_t> topics;
  const auto add = [&](const std::string& name) {
    const auto shape = topics_->find(name);
    if (shape != topics_->end()) topics.emplace(shape->second.id, shape->second.partitions);
  };
  std::ranges::for_each(member.topic_names, add);
  const auto pattern = patterns_.find(member.topic_regex);
  if (pattern != patterns_.end()) std::ranges::for_each(pattern->second.topics, add);
  return topics;
}

bool ConsumerGroup::reads(std::string_view topic) const {
  return std::ranges::any_of(members_, [&](const auto& m) {
    if (m.second.topic_names.contains(topic)) return true;
    const auto pattern = patterns_.find(m.second.topic_regex);
    return pattern != patterns_.end() && pattern->second.regex.matches(topic);
  });
}

// The one that most members ask for.
std::string ConsumerGroup::preferred_assignor() const {
  std::map<std::string, std::size_t> votes;
  for (const auto& [id, member] : members_) {
    if (member.assignor) ++votes[*member.assignor];
  }
  if (votes.empty()) return std::string(kDefaultAssignor);
  return std::ranges::max_element(votes, {}, [](const auto& v) { return v.second; })->first;
}

void ConsumerGroup::make_target() {
  AssignmentInput input;
  for (const auto& [id, member] : members_) {
    AssignmentMember& asks = input.members.emplace_back(id, member.instance_id);
    asks.current = member.target;
    for (const auto& [topic, partitions] : topics_of(member)) {
      asks.topics.insert(topic);
      input.topics.emplace(topic, partitions);
    }
  }
  const Assignor assign = find_assignor(preferred_assignor());
  DAYBOOK_CHECK(assign != nullptr, "a member was let in with an assignor that there is not");
  std::vector<PartitionSets> targets = assign(input);
  auto target = targets.begin();
  for (auto& [id, member] : members_) {
    if (member.target != *target) touch(member);
    member.target = std::move(*target++);
  }
  ++changes_;
  read_topics_ = std::move(input.topics);
  target_epoch_ = epoch_;
  ++rebalances_;
}

bool ConsumerGroup::arrived(const Member& member) const {
  return member.progress == Progress::kStable && member.epoch == target_epoch_;
}

void ConsumerGroup::reconcile(Member& member, const std::optional<PartitionSets>& owned,
                              bool has_nothing, TimePoint now) {
  if (arrived(member)) return;
  std::int32_t epoch = member.epoch;
  if (member.progress == Progress::kUnrevoked) {
    if (!owned || share_any(*owned, member.revoking)) return;
    if (epoch != kJoinEpoch) ++epoch;
  }
  const std::tuple was(member.epoch, member.previous_epoch, member.assigned, member.revoking);
  release(member);
  move_on(member, epoch, has_nothing);
  if (was != std::tie(member.epoch, member.previous_epoch, member.assigned, member.revoking)) {
    touch(member);
  }
  hold(member);
  member.revoking_until =
      member.progress == Progress::kUnrevoked ? now + member.rebalance_timeout : TimePoint::max();
}

// As far towards its target as others let it.
void ConsumerGroup::move_on(Member& member, std::int32_t epoch, bool has_nothing) {
  const auto is_wanted = [&](const Uuid& topic, std::int32_t partition) {
    return contains(member.target, topic, partition);
  };
  PartitionSets kept = filtered(member.assigned, is_wanted);
  PartitionSets unwanted =
      filtered(member.assigned, [&](const auto&... where) { return !is_wanted(where...); });
  member.previous_epoch = member.epoch;
  if (!unwanted.empty() && !has_nothing) {
    member.epoch = epoch;
    member.progress = Progress::kUnrevoked;
    member.assigned = std::move(kept);
    member.revoking = std::move(unwanted);
    return;
  }
  const PartitionSets free = filtered(
      member.target, [&](const Uuid& topic, std::int32_t index) { return !is_held(topic, index); });
  add_all(kept, free);
  member.epoch = target_epoch_;
  member.progress =
      count_of(kept) == count_of(member.target) ? Progress::kStable : Progress::kUnreleased;
  member.assigned = std::move(kept);
  member.revoking.clear();
}

bool ConsumerGroup::is_held(const Uuid& topic, std::int32_t partition) const {
  const auto found = holders_.find(topic);
  return found != holders_.end() && found->second.contains(partition);
}

void ConsumerGroup::hold(const Member& member) {
  for (const PartitionSets* sets : {&member.assigned, &member.revoking}) {
    for (const auto& [topic, partitions] : *sets) {
      for (const std::int32_t partition : partitions) {
        const bool was_free = holders_[topic].try_emplace(partition, member.id).second;
        DAYBOOK_CHECK(was_free, "a partition is held by two members");
      }
    }
  }
}

void ConsumerGroup::release(const Member& member) {
  for (const PartitionSets* sets : {&member.assigned, &member.revoking}) {
    for (const auto& [topic, partitions] : *sets) {
      const auto held = holders_.find(topic);
      for (const std::int32_t partition : partitions) held->second.erase(partition);
      if (held->second.empty()) holders_.erase(held);
    }
  }
}

}  // namespace daybook::broker
