#include "io/faulty_cache.h"

namespace daybook::io {

void FaultyCache::keep(bool everything) {
  const std::lock_guard lock(mutex_);
  everything_ = everything;
  moves_.notify_all();
}

bool FaultyCache::keeps_everything() const {
  const std::lock_guard lock(mutex_);
  return everything_;
}

void FaultyCache::hold_reads(const std::string& part) {
  const std::lock_guard lock(mutex_);
  held_ = part;
}

void FaultyCache::release_reads() {
  const std::lock_guard lock(mutex_);
  held_.reset();
  moves_.notify_all();
}

int FaultyCache::held_reads() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void FaultyCache::wait_for_disk(const std::string& path) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  moves_.wait(lock, [&] { return everything_ || !held_ || !path.contains(*held_); });
  --waiting_;
}

}  // namespace daybook::io
