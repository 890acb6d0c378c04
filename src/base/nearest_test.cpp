#include "base/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace daybook {
namespace {

const std::vector<std::string> kNames = {"partitions", "retention", "columns", "config", "to"};

TEST(Nearest, FindsSwappedMissingAndDoubledLetters) {
  EXPECT_EQ(nearest("partitoins", kNames), "partitions");
  EXPECT_EQ(nearest("retenton", kNames), "retention");
  EXPECT_EQ(nearest("collumns", kNames), "columns");
  EXPECT_EQ(nearest("Config", kNames), "config");
}

TEST(Nearest, OffersNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("banana", kNames), std::nullopt);
  EXPECT_EQ(nearest("", kNames), std::nullopt);
  EXPECT_EQ(nearest(std::string(1000, 'p'), kNames), std::nullopt);
  EXPECT_EQ(did_you_mean("banana", kNames), "");
}

TEST(Nearest, PhrasesTheSuggestion) {
  EXPECT_EQ(did_you_mean("partition", kNames), " (did you mean \"partitions\"?)");
}

}  // namespace
}  // namespace daybook
