// The events of one partition that may still stand beside later ones: for each key those that are
// not older than `keep` before the partition's clock, which is the largest timestamp up to now.
// What is known at an event depends on the events before it alone, so it can be built again from
// the log.
//
// One thread.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/processor_spec.h"
#include "flow/remembered/remembered_event.h"

namespace daybook::flow {

class History {
 public:
  explicit History(std::int64_t keep_ms) : keep_ms_(keep_ms) {}

  // The largest timestamp up to now.
  std::int64_t clock_ms() const { return clock_ms_; }
  void advance(std::int64_t clock_ms);
  bool is_kept(const RememberedEvent& event, std::int64_t clock_ms) const {
    return event.event().timestamp_ms > clock_ms - keep_ms_;
  }
  // What is remembered of the key at that time, in the order of the log.
  std::vector<RememberedPtr> events_of(const std::string& key, std::int64_t clock_ms) const;
  // The clock has been advanced to the event's time.
  void add(const std::string& key, RememberedPtr event);

  std::size_t size_bytes() const { return bytes_; }

 private:
  using Events = std::deque<RememberedPtr>;
  void trim(Events& events);
  void sweep();

  std::int64_t keep_ms_;
  std::int64_t clock_ms_ = 0;
  std::unordered_map<std::string, Events> keys_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
  std::size_t sweep_at_ = 1'024;  // events, at which those that are too old are looked for
};

}  // namespace daybook::flow
