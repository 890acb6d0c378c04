#include "flow/position_text.h"

#include <gtest/gtest.h>

namespace daybook::flow {
namespace {

client::Position position(std::int64_t first, std::int64_t second) {
  return {{{"bank.card_tx", PartitionId{0}}, Offset{first}},
          {{"bank.card_tx", PartitionId{11}}, Offset{second}}};
}

TEST(PositionText, TextAndPositionAreInverse) {
  const auto text = to_text(position(1200, 0));
  EXPECT_EQ(text, "bank.card_tx/0:1200,bank.card_tx/11:0");
  EXPECT_EQ(position_from_text(text).value(), position(1200, 0));
  EXPECT_EQ(position_from_text("").value(), client::Position());
}

TEST(PositionText, OtherTextIsRefused) {
  for (const auto* text : {"a", "a/0", "a:0", "/0:1", "a/x:1", "a/0:", "a/0:-1", "a/-1:0", "a/0:1 ",
                           "a/0:1,,", "a/0:99999999999999999999", ","}) {
    EXPECT_FALSE(position_from_text(text)) << text;
  }
}

TEST(PositionText, APositionCoversWhatItHasReachedEverywhere) {
  EXPECT_TRUE(covers(position(5, 5), position(5, 4)));
  EXPECT_FALSE(covers(position(5, 5), position(5, 6)));
  EXPECT_TRUE(covers({}, {}));
  EXPECT_TRUE(covers({}, position(0, 0)));
  EXPECT_FALSE(covers({}, position(1, 0)));
}

}  // namespace
}  // namespace daybook::flow
