#include "cli/output.h"

#include <gtest/gtest.h>

#include "cli/exit_code.h"

namespace daybook::cli {
namespace {

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(table({{.title = "TOPIC"}, {.title = "N", .align = Align::kRight}},
                  {{"a", "1"}, {"longer.name", "1200"}}),
            "TOPIC           N\n"
            "a               1\n"
            "longer.name  1200\n");
}

TEST(Table, WidthIsCountedInCodePoints) {
  EXPECT_EQ(table({{.title = "CITY"}, {.title = "X"}}, {{"Zürich", "1"}, {"Chur", "2"}}),
            "CITY    X\n"
            "Zürich  1\n"
            "Chur    2\n");
}

TEST(Table, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(table({{.title = "A"}}, {{"x\033[31m\ny"}}), "A\nx.[31m.y\n");
}

TEST(Table, MissingCellsAreEmptyAndTheLastColumnIsNotPadded) {
  EXPECT_EQ(table({{.title = "A"}, {.title = "B"}}, {{"x"}, {"y", "z"}}), "A  B\nx  \ny  z\n");
  EXPECT_EQ(table({{.title = "A"}}, {}), "A\n");
}

TEST(Output, CountsAgreeWithTheirNoun) {
  EXPECT_EQ(counted(0, "event"), "0 events");
  EXPECT_EQ(counted(1, "event"), "1 event");
  EXPECT_EQ(counted(2, "event"), "2 events");
}

TEST(Output, AFailureIsOneLineWithTheProgramsName) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(print_failure(Error{ErrorCode::kIo, "cannot\nread"}), kFailed);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "daybook: cannot read\n");
}

TEST(Output, BeingInterruptedHasAStatusOfItsOwn) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(print_failure(Error{ErrorCode::kCancelled, "interrupted"}), kInterrupted);
  ::testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace daybook::cli
