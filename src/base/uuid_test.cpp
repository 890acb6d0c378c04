#include "base/uuid.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace daybook {
namespace {

TEST(Uuid, TextIsKafkasUrlSafeBase64) {
  Uuid id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] = std::byte(i * 17);
  EXPECT_EQ(to_string(id), "ABEiM0RVZneImaq7zN3u_w");
  EXPECT_EQ(to_string(Uuid{}), "AAAAAAAAAAAAAAAAAAAAAA");
}

TEST(Uuid, TextReadsBackAsTheSameId) {
  std::unordered_set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    const Uuid id = random_uuid();
    EXPECT_FALSE(id.is_zero());
    EXPECT_NE(to_string(id).front(), '-');
    EXPECT_TRUE(seen.insert(id).second);
    const Result<Uuid> back = uuid_from_string(to_string(id));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, id);
  }
}

TEST(Uuid, OtherTextIsRefused) {
  for (const char* text : {"", "AAAA", "ABEiM0RVZneImaq7zN3u/w", "ABEiM0RVZneImaq7zN3u_x",
                           "ABEiM0RVZneImaq7zN3u_wA"}) {
    EXPECT_FALSE(uuid_from_string(text).has_value()) << text;
  }
}

TEST(Uuid, OnlySixteenBytesMakeAnId) {
  const Uuid id = random_uuid();
  EXPECT_EQ(*uuid_from_bytes(id.bytes), id);
  EXPECT_FALSE(uuid_from_bytes(BytesView(id.bytes).first(15)).has_value());
}

}  // namespace
}  // namespace daybook
