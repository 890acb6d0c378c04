#include "log/segment/next_places.h"

#include <gtest/gtest.h>

namespace daybook::log {
namespace {

TEST(NextPlaces, ABatchIsFoundInItsSegmentByTheOffsetThatItBeginsWith) {
  NextPlaces places;
  EXPECT_FALSE(places.find(Offset{0}, Offset{10}).has_value());
  places.add(Offset{0}, {4'000, Offset{10}});
  places.add(Offset{100}, {5'000, Offset{110}});
  EXPECT_EQ(places.find(Offset{0}, Offset{10})->position, 4'000u);
  EXPECT_EQ(places.find(Offset{100}, Offset{110})->position, 5'000u);
  EXPECT_FALSE(places.find(Offset{0}, Offset{11}).has_value());
  EXPECT_FALSE(places.find(Offset{100}, Offset{10}).has_value());
}

TEST(NextPlaces, TheOldestAreForgotten) {
  constexpr auto kPlaces = static_cast<std::int64_t>(NextPlaces::kMaxPlaces);
  NextPlaces places;
  const auto is_known = [&](std::int64_t offset) {
    return places.find(Offset{0}, Offset{offset}).has_value();
  };
  for (std::int64_t i = 0; i < 3 * kPlaces; ++i) {
    places.add(Offset{0}, {static_cast<std::uint32_t>(i), Offset{i}});
    places.add(Offset{0}, {static_cast<std::uint32_t>(i), Offset{i}});  // takes no further place
    EXPECT_TRUE(is_known(i));
    EXPECT_EQ(is_known(i - kPlaces + 1), i - kPlaces + 1 >= 0);
    EXPECT_FALSE(is_known(i - kPlaces));
  }
}

}  // namespace
}  // namespace daybook::log
