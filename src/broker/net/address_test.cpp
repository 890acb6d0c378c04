#include "broker/net/address.h"

#include <gtest/gtest.h>

namespace daybook::broker {
namespace {

TEST(Address, HostAndPortAreReadAndWrittenBack) {
  for (const char* text : {"127.0.0.1:9092", "localhost:0", "[::1]:65535", "broker-1.lan:1"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(to_string(*endpoint), text);
  }
  EXPECT_EQ(parse_endpoint("[::1]:80")->host, "::1");
}

TEST(Address, OtherTextIsRefusedAndQuoted) {
  for (const char* text : {"", "localhost", ":9092", "host:", "host:99999", "host:-1", "host:9x",
                           "::1:9092", "[]:1"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_TRUE(endpoint.error().message.contains("'" + std::string(text) + "'"));
  }
}

}  // namespace
}  // namespace daybook::broker
