#include "sql/event_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

namespace daybook::sql {
namespace {

InputEvent event(std::int64_t clock_ms, std::int32_t partition, std::int64_t offset) {
  InputEvent made;
  made.clock_ms = clock_ms;
  made.partition = partition;
  made.offset = offset;
  return made;
}

std::vector<std::size_t> sorted(const std::vector<InputEvent>& events) {
  std::vector<std::size_t> order(events.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) {
    return std::tuple(events[i].clock_ms, events[i].partition, events[i].offset);
  });
  return order;
}

void expect_sorted(const std::vector<InputEvent>& events) {
  std::vector<std::size_t> order{99};
  order_events(events, order);
  EXPECT_EQ(order, sorted(events));
}

TEST(EventOrder, PartitionsThatAreInOrderAreMerged) {
  std::mt19937 chance(7);
  for (int round = 0; round < 200; ++round) {
    const std::int32_t partitions = 1 + static_cast<std::int32_t>(chance() % 6);
    std::vector<std::int64_t> clock(static_cast<std::size_t>(partitions));
    std::vector<InputEvent> events;
    for (std::int64_t offset = 0; offset < 100; ++offset) {
      const auto partition = static_cast<std::int32_t>(chance() % partitions);
      auto& now = clock[static_cast<std::size_t>(partition)];
      now += chance() % 3;
      events.push_back(event(now, partition, offset));
    }
    expect_sorted(events);
  }
}

TEST(EventOrder, WithoutAClockPartitionsStandOneAfterTheOther) {
  expect_sorted({event(0, 2, 5), event(0, 0, 1), event(0, 2, 6), event(0, 1, 0), event(0, 0, 2)});
}

TEST(EventOrder, APartitionThatIsOutOfOrderIsSorted) {
  expect_sorted({event(5, 0, 1), event(3, 0, 2), event(4, 1, 0), event(4, 0, 0)});
  expect_sorted({event(0, 0, 9), event(0, 0, 2), event(0, 1, 1)});
}

TEST(EventOrder, NoEventsHaveNoOrder) {
  expect_sorted({});
  expect_sorted({event(1, 1, 1)});
}

}  // namespace
}  // namespace daybook::sql
