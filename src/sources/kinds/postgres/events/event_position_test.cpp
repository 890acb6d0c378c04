#include "sources/kinds/postgres/events/event_position.h"

#include <gtest/gtest.h>

#include "sources/kinds/postgres/progress.h"

namespace daybook::sources::postgres {
namespace {

TEST(EventPosition, AStreamedPositionIsReadAsItWasWritten) {
  const StreamPosition position{Lsn{0x1'016B'3748}, 12, 2};
  std::string text;
  write_position(position, text);
  EXPECT_EQ(text, "1/16B3748 12 2");
  EXPECT_EQ(parse_position(text).value(), EventPosition(position));
}

TEST(EventPosition, ASnapshotPositionIsReadAsItWasWritten) {
  std::string text = "left over";
  write_position(Lsn{0x16B3748}, {"42", "a \"b\"\n"}, text);
  EXPECT_EQ(text, R"(0/16B3748 r ["42","a \"b\"\n"])");
  EXPECT_EQ(parse_position(text).value(),
            EventPosition(SnapshotPosition{Lsn{0x16B3748}, {"42", "a \"b\"\n"}}));
}

TEST(EventPosition, PositionsOrderByCommitThenChangeThenPart) {
  const StreamPosition first{Lsn{1}, 9, 9};
  EXPECT_LT(first, (StreamPosition{Lsn{2}, 0, 0}));
  EXPECT_LT((StreamPosition{Lsn{2}, 1, 5}), (StreamPosition{Lsn{2}, 2, 0}));
  EXPECT_LT((StreamPosition{Lsn{2}, 2, 0}), (StreamPosition{Lsn{2}, 2, 1}));
}

TEST(EventPosition, AnythingElseIsCorrupt) {
  for (const char* text :
       {"", "0/1", "0/1 2", "0/1 2 3 4", "0/1 -2 3", "0/1 x 3", "01 2 3", "0/1 r", "0/1 r []",
        "0/1 r [1]", "0/1 r {", "/ 2 3", "0/123456789 2 3"}) {
    const auto position = parse_position(text);
    ASSERT_FALSE(position) << text;
    EXPECT_EQ(position.error().code, ErrorCode::kCorrupt);
  }
}

TEST(Progress, IsReadAsItWasWritten) {
  Progress progress{"7331", "daybook_core", {}};
  progress.tables[{"public", "a"}] = {"bank.a", 1, {{Lsn{100}, {}}}, true};
  progress.tables[{"own", "b \"c\""}] = {
      "bank.b",
      3,
      {{Lsn{100}, {}}, {Lsn{200}, {{PartitionId{0}, {"7"}}, {PartitionId{2}, {"é", ""}}}}},
      false};
  EXPECT_EQ(progress_from_json(to_json(progress)).value(), progress);
}

TEST(Progress, WhatIsNoRecordIsCorrupt) {
  for (const char* json :
       {"", "{", "[]", "{}", R"({"system":"1","slot":"s"})",
        R"({"system":"1","slot":"s","tables":[{}]})", R"({"system":1,"slot":"s","tables":[]})"}) {
    const auto progress = progress_from_json(json);
    ASSERT_FALSE(progress) << json;
    EXPECT_EQ(progress.error().code, ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace daybook::sources::postgres
