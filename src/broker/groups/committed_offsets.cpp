#include "broker/groups/committed_offsets.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace daybook::broker {

CommittedOffsets::CommittedOffsets(std::vector<catalog::CommittedOffset> stored,
                                   std::vector<catalog::PendingOffset> pending,
                                   Decisions& decisions)
    : decisions_(decisions) {
  for (const catalog::CommittedOffset& offset : stored) put(offset);
  for (catalog::PendingOffset& each : pending) {
    pending_[each.transactional_id].push_back(std::move(each.offset));
  }
}

void CommittedOffsets::put(const catalog::CommittedOffset& offset) {
  groups_[offset.group].insert_or_assign({offset.topic, offset.partition.value}, offset);
}

void CommittedOffsets::commit(std::vector<catalog::CommittedOffset> offsets, Decisions::Done done) {
  const auto shared = std::make_shared<std::vector<catalog::CommittedOffset>>(std::move(offsets));
  decisions_.decide(
      [shared](catalog::Catalog& catalog) -> Status {
        for (const auto& offset : *shared) DAYBOOK_TRY_VOID(catalog.commit_offset(offset));
        return {};
      },
      [this, shared, done = std::move(done)](Status status) mutable {
        if (status) {
          const std::lock_guard lock(mutex_);
          for (const auto& offset : *shared) put(offset);
        }
        done(std::move(status));
      });
}

void CommittedOffsets::commit_with(const std::string& transactional_id,
                                   std::vector<catalog::CommittedOffset> offsets,
                                   Decisions::Done done) {
  const auto shared = std::make_shared<const Offsets>(std::move(offsets));
  decisions_.decide(
      [shared, transactional_id](catalog::Catalog& catalog) -> Status {
        for (const auto& offset : *shared) {
          DAYBOOK_TRY_VOID(catalog.add_pending_offset({transactional_id, offset}));
        }
        return {};
      },
      [this, shared, transactional_id, done = std::move(done)](Status status) mutable {
        if (status) {
          const std::lock_guard lock(mutex_);
          Offsets& pending = pending_[transactional_id];
          for (const auto& offset : *shared) {
            std::erase_if(pending, [&](const catalog::CommittedOffset& other) {
              return other.group == offset.group && other.topic == offset.topic &&
                     other.partition == offset.partition;
            });
            pending.push_back(offset);
          }
        }
        done(std::move(status));
      });
}

bool CommittedOffsets::has_group(std::string_view group) const {
  const std::lock_guard lock(mutex_);
  return groups_.find(group) != groups_.end();
}

std::vector<std::string> CommittedOffsets::group_ids() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  ids.reserve(groups_.size());
  for (const auto& [id, offsets] : groups_) ids.push_back(id);
  return ids;
}

void CommittedOffsets::forget(std::vector<catalog::CommittedOffset> offsets, Decisions::Done done) {
  const auto shared = std::make_shared<std::vector<catalog::CommittedOffset>>(std::move(offsets));
  decisions_.decide(
      [shared](catalog::Catalog& catalog) -> Status {
        for (const auto& offset : *shared) {
          DAYBOOK_TRY_VOID(catalog.forget_offset(offset.group, offset.topic, offset.partition,
                                                 offset.committed_at));
        }
        return {};
      },
      [this, shared, done = std::move(done)](Status status) mutable {
        if (status) {
          const std::lock_guard lock(mutex_);
          for (const auto& offset : *shared) erase_locked(offset);
        }
        done(std::move(status));
      });
}

void CommittedOffsets::erase_locked(const catalog::CommittedOffset& offset) {
  const auto group = groups_.find(offset.group);
  if (group == groups_.end()) return;
  const auto found = group->second.find({offset.topic, offset.partition.value});
  if (found == group->second.end() || found->second.committed_at > offset.committed_at) return;
  group->second.erase(found);
  if (group->second.empty()) groups_.erase(group);
}

void CommittedOffsets::delete_group(const std::string& group, Decisions::Done done) {
  decisions_.decide([group](catalog::Catalog& catalog) { return catalog.delete_group(group); },
                    [this, group, done = std::move(done)](Status status) mutable {
                      if (status) {
                        const std::lock_guard lock(mutex_);
                        groups_.erase(group);
                      }
                      done(std::move(status));
                    });
}

void CommittedOffsets::end_pending(const std::string& transactional_id, bool commit) {
  const std::lock_guard lock(mutex_);
  const auto ended = pending_.extract(transactional_id);
  if (ended.empty() || !commit) return;
  for (const auto& offset : ended.mapped()) put(offset);
}

bool CommittedOffsets::has_pending(std::string_view group, std::string_view topic,
                                   PartitionId partition) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(pending_, [&](const auto& entry) {
    return std::ranges::any_of(entry.second, [&](const catalog::CommittedOffset& offset) {
      return offset.group == group && offset.topic == topic && offset.partition == partition;
    });
  });
}

std::set<std::pair<std::string, std::string>> CommittedOffsets::pending_groups() const {
  const std::lock_guard lock(mutex_);
  std::set<std::pair<std::string, std::string>> groups;
  for (const auto& [id, offsets] : pending_) {
    for (const auto& offset : offsets) groups.emplace(id, offset.group);
  }
  return groups;
}

std::optional<catalog::CommittedOffset> CommittedOffsets::find(std::string_view group,
                                                               std::string_view topic,
                                                               PartitionId partition) const {
  const std::lock_guard lock(mutex_);
  const auto of_group = groups_.find(group);
  if (of_group == groups_.end()) return std::nullopt;
  const auto found = of_group->second.find({std::string(topic), partition.value});
  if (found == of_group->second.end()) return std::nullopt;
  return found->second;
}

std::vector<catalog::CommittedOffset> CommittedOffsets::of_group(std::string_view group) const {
  const std::lock_guard lock(mutex_);
  std::vector<catalog::CommittedOffset> offsets;
  const auto of_group = groups_.find(group);
  if (of_group == groups_.end()) return offsets;
  for (const auto& [key, offset] : of_group->second) offsets.push_back(offset);
  return offsets;
}

void CommittedOffsets::forget_topic(std::string_view topic) {
  const std::lock_guard lock(mutex_);
  for (auto& [group, offsets] : groups_) {
    std::erase_if(offsets, [&](const auto& entry) { return entry.first.first == topic; });
  }
  std::erase_if(groups_, [](const auto& entry) { return entry.second.empty(); });
  for (auto& [id, offsets] : pending_) {
    std::erase_if(offsets, [&](const auto& offset) { return offset.topic == topic; });
  }
}

}  // namespace daybook::broker
