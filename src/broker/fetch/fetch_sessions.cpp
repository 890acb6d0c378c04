#include "broker/fetch/fetch_sessions.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/fetch/fetch_session.h"
#include "broker/limits.h"

namespace daybook::broker {

FetchSessions::FetchSessions(Metrics& metrics)
    : metrics_(metrics), random_(std::random_device{}()) {}

FetchSessions::~FetchSessions() = default;

std::int32_t FetchSessions::add(std::shared_ptr<FetchSession> session, TimePoint now) {
  // Destroyed after the lock is released: it works on partitions.
  std::shared_ptr<FetchSession> evicted;
  const std::size_t size = session->size();
  const std::lock_guard lock(mutex_);
  if (!make_room(size, now, evicted)) return 0;
  std::uniform_int_distribution<std::int32_t> ids(1, std::numeric_limits<std::int32_t>::max());
  std::int32_t id = ids(random_);
  while (slots_.contains(id)) id = ids(random_);
  const Slot& slot = slots_[id] = {std::move(session), size, now, now};
  partitions_ += size;
  file(id, slot);
  return id;
}

std::shared_ptr<FetchSession> FetchSessions::find(std::int32_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(id);
  return found == slots_.end() ? nullptr : found->second.session;
}

bool FetchSessions::touch(std::int32_t id, TimePoint now) {
  std::shared_ptr<FetchSession> session = find(id);
  if (session == nullptr) return true;
  const std::size_t size = session->size();
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(id);
  if (found == slots_.end()) return true;
  Slot& slot = found->second;
  if (partitions_ - slot.size + size > kMaxFetchSessionPartitions) {
    erase(found, session);
    return false;
  }
  unfile(id, slot);
  partitions_ += size - slot.size;
  slot.size = size;
  slot.used = now;
  file(id, slot);
  return true;
}

void FetchSessions::remove(std::int32_t id) {
  std::shared_ptr<FetchSession> removed;
  const std::lock_guard lock(mutex_);
  const auto found = slots_.find(id);
  if (found != slots_.end()) erase(found, removed);
}

bool FetchSessions::make_room(std::size_t size, TimePoint now,
                              std::shared_ptr<FetchSession>& evicted) {
  if (slots_.size() >= kMaxFetchSessions) {
    const auto oldest = slots_.find(by_use_.begin()->second);
    if (now - oldest->second.used > kFetchSessionEviction) {
      erase(oldest, evicted);
    } else {
      // The smallest goes first, of those that have had their time.
      const auto smallest = std::ranges::find_if(by_size_, [&](const auto& each) {
        return each.first >= size || now - slots_.at(each.second).created > kFetchSessionEviction;
      });
      if (smallest == by_size_.end() || smallest->first >= size) return false;
      erase(slots_.find(smallest->second), evicted);
    }
  }
  return partitions_ + size <= kMaxFetchSessionPartitions;
}

void FetchSessions::erase(Slots::iterator slot, std::shared_ptr<FetchSession>& erased) {
  unfile(slot->first, slot->second);
  partitions_ -= slot->second.size;
  erased = std::move(slot->second.session);
  slots_.erase(slot);
  metrics_.fetch_sessions = static_cast<std::int64_t>(slots_.size());
}

void FetchSessions::file(std::int32_t id, const Slot& slot) {
  by_use_.emplace(slot.used, id);
  by_size_.emplace(slot.size, id);
  metrics_.fetch_sessions = static_cast<std::int64_t>(slots_.size());
}

void FetchSessions::unfile(std::int32_t id, const Slot& slot) {
  by_use_.erase({slot.used, id});
  by_size_.erase({slot.size, id});
}

}  // namespace daybook::broker
