#include "http/origin_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::http {
namespace {

using testing::HasSubstr;

TEST(OriginCheck, ProgramsAreLetIn) {
  const OriginCheck check("127.0.0.1");
  for (const auto* host : {"", "127.0.0.1:8080", "localhost:8080", "LocalHost", "[::1]:8080",
                           "10.1.2.3", "app.localhost:80"}) {
    EXPECT_EQ(check.refusal("", host), "") << host;
  }
}

TEST(OriginCheck, ForeignNamesOfALocalServerAreRefused) {
  const OriginCheck check("127.0.0.1");
  for (const auto* host : {"evil.example:8080", "127.0.0.1.evil.example", "localhost.evil.example",
                           "notlocalhost", "127.evil.example:8080", "[evil", "a]:1"}) {
    EXPECT_THAT(check.refusal("", host), HasSubstr("--http")) << host;
  }
  EXPECT_EQ(OriginCheck("localhost").refusal("", "localhost:1"), "");
}

TEST(OriginCheck, WhereOthersReachTheServerItHasAnyName) {
  for (const auto* listening : {"0.0.0.0", "::", "10.1.2.3", "daybook"}) {
    EXPECT_EQ(OriginCheck(listening).refusal("", "daybook.default.svc:8080"), "") << listening;
  }
}

TEST(OriginCheck, PagesOfThisServerAndThisMachineAreLetIn) {
  const OriginCheck check("0.0.0.0");
  EXPECT_EQ(check.refusal("http://daybook:8080", "daybook:8080"), "");
  EXPECT_EQ(check.refusal("https://Daybook.example", "daybook.example"), "");
  EXPECT_EQ(check.refusal("http://localhost:5173", "127.0.0.1:8080"), "");
  EXPECT_EQ(check.refusal("http://127.0.0.1:5173", "localhost:8080"), "");
  EXPECT_EQ(check.refusal("http://[::1]:5173", "localhost:8080"), "");
}

TEST(OriginCheck, PagesOfOthersAreRefused) {
  for (const auto* listening : {"127.0.0.1", "0.0.0.0"}) {
    const OriginCheck check(listening);
    for (const auto* origin : {"https://evil.example", "null", "http://", "http://10.1.2.3:9",
                               "http://localhost.evil.ex", "http://127.0.0.1.evil.example",
                               "http://127.0.0.1@evil.example", "127.0.0.1:8080"}) {
      EXPECT_THAT(check.refusal(origin, "127.0.0.1:8080"), HasSubstr("web page")) << origin;
    }
  }
}

}  // namespace
}  // namespace daybook::http
