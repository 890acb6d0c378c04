#include "log/compaction/compaction_plan.h"

#include <gtest/gtest.h>

namespace daybook::log {
namespace {

using std::chrono::milliseconds;

// Four segments of ten offsets and 100 bytes, at 1000, 2000, 3000 and 4000 ms.
const std::vector<SegmentSummary> kSealed = {
    {Offset{0}, Offset{10}, 100, TimestampMs{1000}},
    {Offset{10}, Offset{20}, 100, TimestampMs{2000}},
    {Offset{20}, Offset{30}, 100, TimestampMs{3000}},
    {Offset{30}, Offset{40}, 100, TimestampMs{4000}},
};

TEST(CompactionPlan, WhatWasCompactedIsCleanAndTheRestDirty) {
  const CompactionPlan plan = plan_compaction(kSealed, Offset{20}, TimestampMs{9000}, {});
  EXPECT_EQ(plan.first_dirty, 2u);
  EXPECT_EQ(plan.uncleanable, 4u);
  EXPECT_EQ(plan.dirty_ratio(), 0.5);
  EXPECT_FALSE(is_due(plan, TimestampMs{3000}, TimestampMs{9000}, {})) << "half is not more";
  PartitionConfig config;
  config.min_dirty_ratio = 0.49;
  EXPECT_TRUE(is_due(plan, TimestampMs{3000}, TimestampMs{9000}, config));
}

TEST(CompactionPlan, ASegmentThatIsCleanInPartIsDirty) {
  const CompactionPlan plan = plan_compaction(kSealed, Offset{15}, TimestampMs{9000}, {});
  EXPECT_EQ(plan.first_dirty, 1u);
  EXPECT_EQ(plan.dirty_bytes, 300u);
}

TEST(CompactionPlan, NothingDirtyIsNeverDue) {
  PartitionConfig config;
  config.min_dirty_ratio = 0;
  const CompactionPlan plan = plan_compaction(kSealed, Offset{40}, TimestampMs{9000}, config);
  EXPECT_FALSE(plan.has_dirty());
  EXPECT_FALSE(is_due(plan, kNoTimestamp, TimestampMs{9000}, config));
  EXPECT_FALSE(is_due(plan_compaction({}, Offset{0}, TimestampMs{9000}, config), kNoTimestamp,
                      TimestampMs{9000}, config));
}

TEST(CompactionPlan, WhatIsYoungerThanTheLagWaits) {
  PartitionConfig config;
  config.min_compaction_lag_ms = milliseconds(6000);
  const CompactionPlan plan = plan_compaction(kSealed, Offset{0}, TimestampMs{8500}, config);
  EXPECT_EQ(plan.uncleanable, 2u);
  EXPECT_EQ(plan.dirty_bytes, 200u);
}

TEST(CompactionPlan, WhatHasWaitedForTheLongestLagIsDueWhateverItsShare) {
  PartitionConfig config;
  config.min_dirty_ratio = 1;
  config.max_compaction_lag_ms = milliseconds(5000);
  const CompactionPlan plan = plan_compaction(kSealed, Offset{30}, TimestampMs{9000}, config);
  EXPECT_FALSE(is_due(plan, TimestampMs{4000}, TimestampMs{9000}, config));
  EXPECT_TRUE(is_due(plan, TimestampMs{4000}, TimestampMs{9001}, config));
}

TEST(CompactionPlan, NeighboursThatFitTogetherAreOneGroup) {
  const auto groups = group_segments(kSealed, 250);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].size(), 2u);
  EXPECT_EQ(groups[1].front().base, Offset{20});
  EXPECT_EQ(group_segments(kSealed, 50).size(), 4u) << "each is larger, and alone";
  EXPECT_EQ(group_segments(kSealed, 400).size(), 1u);
  EXPECT_TRUE(group_segments({}, 400).empty());
}

TEST(CompactionPlan, OffsetsOfAGroupFitItsIndex) {
  const Offset far{std::int64_t{1} << 31};
  const std::vector<SegmentSummary> sealed = {
      {Offset{0}, far - 10, 1, kNoTimestamp},
      {far - 10, far + 10, 1, kNoTimestamp},
  };
  EXPECT_EQ(group_segments(sealed, 100).size(), 2u);
}

}  // namespace
}  // namespace daybook::log
