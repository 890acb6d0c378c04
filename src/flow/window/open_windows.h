// The windows of one partition that are still open, and the events in them. A window is of one key
// and ends at a time; what it holds, and when it closes, depends on the events before in the
// partition alone: time is the largest timestamp up to now (the clock), and a window closes when
// the clock has come to its end and so far beyond as events may be late.
//
//   tumbling, hopping  every key has a window [n * every, n * every + size) for each n
//   session            events of a key that are less than a gap apart; a session ends a gap after
//                      its last event, and two become one when an event comes between them
//
// One thread.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "flow/processor_spec.h"
#include "flow/remembered/remembered_event.h"

namespace daybook::flow {

// Windows close in the order of their ends.
struct WindowPlace {
  std::int64_t end_ms = 0;  // exclusive
  std::int64_t start_ms = 0;
  std::string key;
  friend auto operator<=>(const WindowPlace&, const WindowPlace&) = default;
};

struct Window {
  WindowPlace place;
  std::vector<RememberedPtr> events;  // in the order of the log
};

class OpenWindows {
 public:
  // `spec` outlives this.
  explicit OpenWindows(const WindowSpec& spec) : spec_(spec) {}

  // The largest timestamp up to now.
  std::int64_t clock_ms() const { return clock_ms_; }
  // An event of that time has come: the windows that it closes.
  std::vector<Window> advance(std::int64_t time_ms);
  // Puts the event into its windows, as far as they are open. The clock has been advanced to its
  // time. Where it is now; nowhere if it came too late.
  std::vector<WindowPlace> add(const std::string& key, const RememberedPtr& event);
  // nullptr if there is no such window any more: a session has closed, or become another.
  const std::vector<RememberedPtr>* find(const WindowPlace& place) const {
    const auto found = windows_.find(place);
    return found == windows_.end() ? nullptr : &found->second.events;
  }

  // Whether it is the same as if the events before `time_ms`, which it has not been given, had come
  // before those that it has.
  bool is_whole_since(std::int64_t time_ms) const;

  std::size_t size_bytes() const { return bytes_; }

 private:
  struct Content {
    std::vector<RememberedPtr> events;
    std::size_t bytes = 0;
  };
  using Windows = std::map<WindowPlace, Content>;

  bool is_closed(std::int64_t end_ms) const { return end_ms <= clock_ms_ - spec_.late_ms; }
  std::vector<WindowPlace> add_to_fixed(const std::string& key, const RememberedPtr& event);
  std::vector<WindowPlace> add_to_session(const std::string& key, const RememberedPtr& event);
  void put(const WindowPlace& place, const RememberedPtr& event, std::size_t bytes);
  Content take(const WindowPlace& place);

  const WindowSpec& spec_;
  std::int64_t clock_ms_ = kLongAgoMs;
  Windows windows_;
  std::map<std::string, std::set<WindowPlace>> sessions_;  // the same, by key
  std::size_t bytes_ = 0;

  // Before all times, and so that subtracting from it is none of another sign.
  static constexpr std::int64_t kLongAgoMs = std::numeric_limits<std::int64_t>::min() / 4;
};

// The sessions that were there before the events from the offset `begin` on came, and are this one
// since. `gap_ms`: WindowSpec::size_ms.
std::vector<Window> sessions_before(const Window& session, std::int64_t begin, std::int64_t gap_ms);

}  // namespace daybook::flow
