#include "cli/event_printer.h"

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

Event event() {
  return {.topic = "orders",
          .partition = PartitionId{3},
          .offset = Offset{42},
          .timestamp = TimestampMs{1'700'000'000'000},
          .key = "k",
          .value = "line 1\nline 2",
          .headers = {{"trace", "abc"}, {"empty", std::nullopt}}};
}

TEST(EventPrinter, JsonHasEverythingOnOneLine) {
  EXPECT_EQ(to_json_line(event()),
            R"({"topic":"orders","partition":3,"offset":42,"timestamp":1700000000000,"key":"k",)"
            R"("value":"line 1\nline 2","headers":[{"name":"trace","value":"abc"},)"
            R"({"name":"empty","value":null}]})");
}

TEST(EventPrinter, ATombstoneIsNullAndBytesStayJson) {
  Event tombstone = event();
  tombstone.key = std::string_view("\xff\0", 2);
  tombstone.value = std::nullopt;
  tombstone.headers.clear();
  EXPECT_EQ(to_json_line(tombstone),
            R"({"topic":"orders","partition":3,"offset":42,"timestamp":1700000000000,)"
            "\"key\":\"\xEF\xBF\xBD\\u0000\",\"value\":null,\"headers\":[]}");
}

TEST(EventPrinter, PeopleSeeTheValueAndTheKeyIfTheyAsk) {
  ::testing::internal::CaptureStdout();
  EXPECT_TRUE(EventPrinter(false, "").print(event()));
  EXPECT_TRUE(EventPrinter(false, ":").print(event()));
  std::fflush(stdout);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "line 1\nline 2\nk:line 1\nline 2\n");
}

}  // namespace
}  // namespace daybook::cli
