#include "views/life/lineup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/faulty_file_system.h"

namespace daybook::views {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ViewFileInfo version(int number, bool is_ready) {
  ViewFileInfo info;
  info.name = "v";
  info.version = number;
  info.is_ready = is_ready;
  return info;
}

const std::vector<ViewFileInfo> kStored = {version(1, true), version(2, true), version(3, false)};

TEST(Lineup, AfterACrashItIsTheOldOneOrTheNewOne) {
  const Lineup before{1, 2, 0, true};
  const Lineup after{2, 0, 1, false};
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    for (std::uint64_t changes = 1; changes <= 7; ++changes) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", crash after " + std::to_string(changes));
      io::FaultyFileSystem files(seed);
      ASSERT_TRUE(files.create_folders("/v"));
      ASSERT_TRUE(write_lineup(files, "/v", before));
      files.crash_after(changes);
      const bool is_written = write_lineup(files, "/v", after).has_value();
      files.crash();
      files.power_on();
      const auto found = read_lineup(files, "/v", kStored);
      ASSERT_TRUE(found) << found.error().message;
      EXPECT_TRUE(*found == after || (!is_written && *found == before));
    }
  }
}

TEST(Lineup, WithoutAFileTheNewestThatIsReadyServes) {
  io::FaultyFileSystem files(1);
  ASSERT_TRUE(files.create_folders("/v"));
  EXPECT_EQ(read_lineup(files, "/v", kStored).value(), (Lineup{2, 3, 0, false}));
  EXPECT_EQ(read_lineup(files, "/v", {version(1, false)}).value(), (Lineup{1, 0, 0, false}));
  EXPECT_EQ(read_lineup(files, "/v", {}).value(), Lineup());
}

TEST(Lineup, VersionsWhoseFilesAreGoneAreForgottenButACandidateIsBuiltAnew) {
  io::FaultyFileSystem files(1);
  ASSERT_TRUE(files.create_folders("/v"));
  ASSERT_TRUE(write_lineup(files, "/v", {7, 9, 8, true}));
  EXPECT_EQ(read_lineup(files, "/v", kStored).value(), (Lineup{0, 0, 0, true}));
  ASSERT_TRUE(write_lineup(files, "/v", {2, 9, 8, true}));
  EXPECT_EQ(read_lineup(files, "/v", kStored).value(), (Lineup{2, 9, 0, true}));
  ASSERT_TRUE(write_lineup(files, "/v", {7, 2, 1, true}));
  EXPECT_EQ(read_lineup(files, "/v", kStored).value(), (Lineup{1, 2, 0, true}));
  EXPECT_THAT((Lineup{2, 9, 0, true}).versions(), ElementsAre(2, 9));
}

TEST(Lineup, AFileThatIsNoneIsNamed) {
  io::FaultyFileSystem files(1);
  ASSERT_TRUE(files.create_folders("/v"));
  const auto file = files.open("/v/versions.json", io::OpenMode::kCreate).value();
  ASSERT_TRUE(file->write_at(0, as_bytes(R"({"serving": "two"})")));
  const auto found = read_lineup(files, "/v", kStored);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(found.error().message, HasSubstr("/v/versions.json is not readable"));
}

}  // namespace
}  // namespace daybook::views
