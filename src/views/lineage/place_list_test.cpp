#include "views/lineage/place_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace daybook::views {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kMost = std::numeric_limits<std::int64_t>::max();

std::string bytes_of(const std::vector<EventPlace>& places) {
  std::string bytes;
  EventPlace before;
  for (const auto& place : places) {
    append_place(bytes, before, place);
    before = place;
  }
  return bytes;
}

TEST(PlaceList, WhatIsWrittenIsRead) {
  const std::vector<EventPlace> places = {{1'764'000'000'000, 3, 100},
                                          {1'764'000'000'005, 0, 90},
                                          {1'764'000'000'005, 0, 5'000'000'000},
                                          {kMost, 9'999, kMost},
                                          {kLeast, 0, 0},
                                          {-1, 0, kMost}};
  EXPECT_THAT(read_places(bytes_of(places)).value(), ElementsAreArray(places));
  EXPECT_THAT(read_places("").value(), IsEmpty());
}

TEST(PlaceList, HasTheFormOfTheExampleInItsDocument) {
  EXPECT_EQ(bytes_of({{5, 1, 100}, {5, 1, 90}}), std::string("\x0a\x02\xc8\x01\x00\x00\x13", 7));
}

TEST(PlaceList, AnEventThatFollowsTakesFewBytes) {
  const auto one = bytes_of({{1'764'000'000'000, 1, 1'000'000}});
  const auto two = bytes_of({{1'764'000'000'000, 1, 1'000'000}, {1'764'000'000'050, 1, 1'000'050}});
  EXPECT_EQ(two.size() - one.size(), 3U);
}

TEST(PlaceList, AListThatWasCutIsCorruptAndSaysWhere) {
  const auto bytes = bytes_of({{1'764'000'000'000, 1, 7}, {1'764'000'000'001, 1, 8}});
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    const auto read = read_places(std::string_view(bytes).substr(0, size));
    if (read) {
      EXPECT_EQ(bytes_of(*read), bytes.substr(0, size));
    } else {
      EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
      EXPECT_THAT(read.error().message, HasSubstr("in the middle of one"));
    }
  }
  EXPECT_EQ(read_places(std::string(11, '\xff')).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace daybook::views
