#include "app/memory_share.h"

#include <gtest/gtest.h>

namespace daybook::app {
namespace {

constexpr std::size_t kMiB = 1 << 20;

std::size_t whole(std::size_t views, std::size_t processors) {
  const auto share = share_memory(views, processors);
  return (share.read_ahead_bytes + share.batch_bytes) * (views + processors) +
         share.cache_bytes * views;
}

TEST(MemoryShare, TheFewerTheTasksTheLargerTheirShare) {
  EXPECT_EQ(share_memory(1, 0).batch_bytes, 128 * kMiB);
  EXPECT_GT(share_memory(2, 2).read_ahead_bytes, share_memory(5, 5).read_ahead_bytes);
  EXPECT_GT(share_memory(4, 0).cache_bytes, share_memory(8, 0).cache_bytes);
  EXPECT_EQ(share_memory(4, 0).cache_bytes, share_memory(4, 9).cache_bytes)
      << "a processor has no file";
}

TEST(MemoryShare, AllTogetherStayWithinOneBound) {
  for (std::size_t views = 0; views <= 16; ++views) {
    for (std::size_t processors = 0; processors <= 16; ++processors) {
      EXPECT_LE(whole(views, processors), 384 * kMiB) << views << " and " << processors;
    }
  }
}

TEST(MemoryShare, WithVeryManyEachHasWhatItNeeds) {
  const auto share = share_memory(1'000, 1'000);
  EXPECT_EQ(share.read_ahead_bytes, 4 * kMiB);
  EXPECT_EQ(share.batch_bytes, 4 * kMiB);
  EXPECT_EQ(share.cache_bytes, 4 * kMiB);
}

}  // namespace
}  // namespace daybook::app
