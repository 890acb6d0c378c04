#include "base/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace daybook {
namespace {

TEST(Report, LineCarriesTimeSeverityRoomAndMessage) {
  testing::internal::CaptureStderr();
  report(Severity::kWarning, "log", "torn tail cut at byte 17");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+.[0-9]+Z "
                                    "warning log: torn tail cut at byte 17\n"));
}

TEST(Report, LessSevereLinesAreDropped) {
  std::vector<std::string> heard;
  const ScopedReportSink sink(
      [&](Severity, std::string_view, std::string_view message) { heard.emplace_back(message); });
  set_least_severity(Severity::kError);
  report(Severity::kInfo, "log", "a");
  report(Severity::kWarning, "log", "b");
  report(Severity::kError, "log", "c");
  set_least_severity(Severity::kInfo);
  report(Severity::kInfo, "log", "d");
  EXPECT_THAT(heard, testing::ElementsAre("c", "d"));
}

}  // namespace
}  // namespace daybook
