#include "base/crc32c.h"

#include <gtest/gtest.h>

namespace daybook {
namespace {

// The check value of CRC-32C and the all-zero vector of RFC 3720, B.4.
TEST(Crc32c, AgreesWithPublishedVectors) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283u);
  EXPECT_EQ(crc32c(Bytes(32)), 0x8A9136AAu);
  EXPECT_EQ(crc32c({}), 0u);
}

TEST(Crc32c, ContinuesFromAnEarlierPart) {
  EXPECT_EQ(crc32c(as_bytes("56789"), crc32c(as_bytes("1234"))), crc32c(as_bytes("123456789")));
}

}  // namespace
}  // namespace daybook
