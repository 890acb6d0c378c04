#include "flow/window/open_windows.h"

#include <algorithm>
#include <iterator>

namespace daybook::flow {
namespace {

constexpr std::size_t kReferenceBytes = sizeof(RememberedPtr);
constexpr std::size_t kEmptyBytes = 256;  // about what an empty one takes

std::int64_t floor_to(std::int64_t time_ms, std::int64_t unit_ms) {
  const auto rest = time_ms % unit_ms;
  return time_ms - (rest < 0 ? rest + unit_ms : rest);
}

}  // namespace

std::vector<Window> OpenWindows::advance(std::int64_t time_ms) {
  clock_ms_ = std::max(clock_ms_, time_ms);
  std::vector<Window> closed;
  while (!windows_.empty() && is_closed(windows_.begin()->first.end_ms)) {
    const auto place = windows_.begin()->first;
    closed.push_back({place, take(place).events});
  }
  return closed;
}

std::vector<WindowPlace> OpenWindows::add(const std::string& key, const RememberedPtr& event) {
  return spec_.is_session ? add_to_session(key, event) : add_to_fixed(key, event);
}

std::vector<WindowPlace> OpenWindows::add_to_fixed(const std::string& key,
                                                   const RememberedPtr& event) {
  const auto time_ms = event->event().timestamp_ms;
  std::vector<WindowPlace> places;
  for (auto start = floor_to(time_ms, spec_.every_ms); start > time_ms - spec_.size_ms;
       start -= spec_.every_ms) {
    const auto end = start + spec_.size_ms;
    if (!is_closed(end)) places.push_back({end, start, key});
  }
  std::ranges::sort(places);
  for (const auto& place : places) put(place, event, event->size_bytes() / places.size());
  return places;
}

std::vector<WindowPlace> OpenWindows::add_to_session(const std::string& key,
                                                     const RememberedPtr& event) {
  const auto time_ms = event->event().timestamp_ms;
  WindowPlace merged{time_ms + spec_.size_ms, time_ms, key};
  std::vector<WindowPlace> touched;
  if (const auto sessions = sessions_.find(key); sessions != sessions_.end()) {
    for (const auto& place : sessions->second) {
      const bool is_near = place.end_ms > time_ms && place.start_ms < time_ms + spec_.size_ms;
      if (is_near) touched.push_back(place);
    }
  }
  for (const auto& place : touched) {
    merged.end_ms = std::max(merged.end_ms, place.end_ms);
    merged.start_ms = std::min(merged.start_ms, place.start_ms);
  }
  if (is_closed(merged.end_ms)) return {};
  Content content;
  for (const auto& place : touched) {
    auto part = take(place);
    content.bytes += part.bytes;
    std::ranges::move(part.events, std::back_inserter(content.events));
  }
  if (touched.size() > 1) {
    std::ranges::sort(content.events, {}, [](const auto& e) { return e->event().offset; });
  }
  sessions_[key].insert(merged);
  bytes_ += content.bytes + kEmptyBytes;
  windows_.emplace(merged, std::move(content));
  put(merged, event, event->size_bytes());
  return {merged};
}

void OpenWindows::put(const WindowPlace& place, const RememberedPtr& event, std::size_t bytes) {
  const auto [found, is_new] = windows_.try_emplace(place);
  if (is_new) bytes_ += kEmptyBytes;
  found->second.events.push_back(event);
  found->second.bytes += bytes + kReferenceBytes;
  bytes_ += bytes + kReferenceBytes;
}

OpenWindows::Content OpenWindows::take(const WindowPlace& place) {
  auto node = windows_.extract(place);
  bytes_ -= node.mapped().bytes + kEmptyBytes;
  if (spec_.is_session) {
    const auto sessions = sessions_.find(place.key);
    sessions->second.erase(place);
    if (sessions->second.empty()) sessions_.erase(sessions);
  }
  return std::move(node.mapped());
}

// What came before has not closed anything that is open here: its clock is before `time_ms`. Its
// events are in windows that have closed since; and no session that is open here has begun so
// early that one of them could be a part of it.
bool OpenWindows::is_whole_since(std::int64_t time_ms) const {
  if (!is_closed(time_ms + spec_.size_ms)) return false;
  return !spec_.is_session || std::ranges::all_of(windows_, [&](const auto& window) {
    return window.first.start_ms >= time_ms + spec_.size_ms;
  });
}

std::vector<Window> sessions_before(const Window& session, std::int64_t begin,
                                    std::int64_t gap_ms) {
  std::vector<RememberedPtr> earlier;
  std::ranges::copy_if(session.events, std::back_inserter(earlier),
                       [&](const auto& event) { return event->event().offset < begin; });
  std::ranges::stable_sort(earlier, {}, [](const auto& e) { return e->event().timestamp_ms; });
  std::vector<Window> sessions;
  for (auto& event : earlier) {
    const auto time_ms = event->event().timestamp_ms;
    if (sessions.empty() || sessions.back().place.end_ms <= time_ms) {
      sessions.push_back({{time_ms + gap_ms, time_ms, session.place.key}, {}});
    }
    sessions.back().place.end_ms = time_ms + gap_ms;
    sessions.back().events.push_back(std::move(event));
  }
  for (auto& part : sessions) {
    std::ranges::sort(part.events, {}, [](const auto& e) { return e->event().offset; });
  }
  return sessions;
}

}  // namespace daybook::flow
