#include "client/partitioner.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace daybook::client {
namespace {

constexpr std::int32_t kMany = 0x7fffffff;  // the partition is then the hash itself, almost always

// The hashes are those of Apache Kafka's own test of its murmur2 (UtilsTest), without the sign bit.
std::int32_t expected(std::int32_t hash) {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(hash) & 0x7fffffff) % kMany);
}

TEST(Partitioner, AgreesWithTheJavaClient) {
  EXPECT_EQ(partition_for_key("21", kMany).value, expected(-973932308));
  EXPECT_EQ(partition_for_key("foobar", kMany).value, expected(-790332482));
  EXPECT_EQ(partition_for_key("a-little-bit-long-string", kMany).value, expected(-985981536));
  EXPECT_EQ(partition_for_key("a-little-bit-longer-string", kMany).value, expected(-1486304829));
  EXPECT_EQ(partition_for_key("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", kMany).value,
            expected(-58897971));
  EXPECT_EQ(partition_for_key("abc", kMany).value, expected(479470107));
}

TEST(Partitioner, EveryPartitionOfATopicIsUsed) {
  std::array<int, 7> hits{};
  for (int i = 0; i < 700; ++i) ++hits[partition_for_key(std::to_string(i), 7).value];
  for (const int count : hits) EXPECT_GT(count, 50);
}

}  // namespace
}  // namespace daybook::client
