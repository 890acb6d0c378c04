#include "sql/event_order.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace daybook::sql {
namespace {

auto place_of(const InputEvent& event) {
  return std::tuple(event.clock_ms, event.partition, event.offset);
}

// The events of one partition that are not merged yet.
struct Run {
  std::vector<std::size_t> events;
  std::size_t next = 0;

  bool is_done() const { return next == events.size(); }
  std::size_t front() const { return events[next]; }
};

// Nothing if the events of some partition are out of order.
std::vector<Run> runs_of(std::span<const InputEvent> events) {
  std::vector<Run> runs;
  std::unordered_map<std::int32_t, std::size_t> run_of;
  std::size_t run = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i == 0 || events[i].partition != events[i - 1].partition) {
      run = run_of.try_emplace(events[i].partition, runs.size()).first->second;
      if (run == runs.size()) runs.emplace_back();
    }
    auto& own = runs[run].events;
    if (!own.empty() && place_of(events[i]) < place_of(events[own.back()])) return {};
    own.push_back(i);
  }
  return runs;
}

}  // namespace

void order_events(std::span<const InputEvent> events, std::vector<std::size_t>& order) {
  const auto place_at = [&](std::size_t i) { return place_of(events[i]); };
  order.resize(events.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (std::ranges::is_sorted(order, {}, place_at)) return;
  auto runs = runs_of(events);
  if (runs.empty()) {
    std::ranges::sort(order, {}, place_at);
    return;
  }

  const auto is_later = [&](std::size_t a, std::size_t b) {
    return place_at(runs[a].front()) > place_at(runs[b].front());
  };
  std::vector<std::size_t> heap(runs.size());
  std::iota(heap.begin(), heap.end(), std::size_t{0});
  std::ranges::make_heap(heap, is_later);
  order.clear();
  while (!heap.empty()) {
    std::ranges::pop_heap(heap, is_later);
    const auto first = heap.back();
    heap.pop_back();
    auto& run = runs[first];
    do {
      order.push_back(run.events[run.next++]);
    } while (!run.is_done() &&
             (heap.empty() || place_at(run.front()) < place_at(runs[heap.front()].front())));
    if (run.is_done()) continue;
    heap.push_back(first);
    std::ranges::push_heap(heap, is_later);
  }
}

}  // namespace daybook::sql
