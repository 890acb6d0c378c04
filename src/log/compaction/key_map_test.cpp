#include "log/compaction/key_map.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"

namespace daybook::log {
namespace {

TEST(KeyMap, KnowsTheLastOffsetOfEachKey) {
  KeyMap map(10'000, std::size_t{1} << 20);
  std::map<std::string, Offset> model;
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = std::to_string(random.below(10'000));
    map.put(as_bytes(key), Offset{i});
    model[key] = Offset{i};
  }
  EXPECT_EQ(map.size(), model.size());
  for (const auto& [key, offset] : model) EXPECT_EQ(map.find(as_bytes(key)), offset);
  EXPECT_EQ(map.find(as_bytes("another")), std::nullopt);
  EXPECT_EQ(map.find({}), std::nullopt);
}

TEST(KeyMap, HasABound) {
  KeyMap map(1'000'000, 2400);  // 100 slots
  std::int64_t keys = 0;
  while (map.has_room_for(1)) {
    map.put(as_bytes(std::to_string(keys)), Offset{keys});
    ++keys;
  }
  EXPECT_EQ(keys, 90);
  EXPECT_EQ(map.find(as_bytes("57")), Offset{57});
  EXPECT_EQ(map.find(as_bytes("90")), std::nullopt);
}

TEST(KeyMap, TheEmptyKeyIsAKey) {
  KeyMap map(1, 1024);
  ASSERT_TRUE(map.has_room_for(1));
  map.put({}, Offset{3});
  EXPECT_EQ(map.find({}), Offset{3});
}

}  // namespace
}  // namespace daybook::log
