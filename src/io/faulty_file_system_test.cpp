// That the faulty file system is as bad as it says: every outcome its fault model allows is seen,
// and none that it excludes.

#include "io/faulty_file_system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <thread>

namespace daybook::io {
namespace {

constexpr std::uint64_t kSeeds = 400;

Bytes read_all(FileSystem& fs, const std::string& path) {
  const auto file = fs.open(path, OpenMode::kRead).value();
  Bytes bytes(file->size().value());
  EXPECT_EQ(file->read_at(0, bytes).value(), bytes.size());
  return bytes;
}

std::unique_ptr<File> make_synced(FileSystem& fs, const std::string& path, std::string_view text) {
  auto file = fs.open(path, OpenMode::kCreate).value();
  EXPECT_TRUE(file->write_at(0, as_bytes(text)).has_value());
  EXPECT_TRUE(file->sync().has_value());
  EXPECT_TRUE(fs.sync_directory("").has_value());
  return file;
}

// What `outcome` returns after a crash, over many seeds.
std::set<std::string> outcomes(const std::function<void(FaultyFileSystem&)>& before,
                               const std::function<std::string(FaultyFileSystem&)>& outcome) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    FaultyFileSystem fs(seed);
    before(fs);
    fs.crash();
    fs.power_on();
    seen.insert(outcome(fs));
  }
  return seen;
}

TEST(FaultyFileSystem, WhatWasSyncedSurvives) {
  const auto seen = outcomes([](auto& fs) { make_synced(fs, "a", "kept"); },
                             [](auto& fs) { return std::string(as_text(read_all(fs, "a"))); });
  EXPECT_EQ(seen, std::set<std::string>{"kept"});
}

TEST(FaultyFileSystem, UnsyncedWritesSurviveInAnySubset) {
  const auto seen = outcomes(
      [](auto& fs) {
        const auto file = make_synced(fs, "a", std::string(2 * kSectorBytes, '-'));
        ASSERT_TRUE(file->write_at(0, as_bytes("1")).has_value());
        ASSERT_TRUE(file->write_at(kSectorBytes, as_bytes("2")).has_value());
      },
      [](auto& fs) {
        const Bytes bytes = read_all(fs, "a");
        return std::string{static_cast<char>(bytes[0]), static_cast<char>(bytes[kSectorBytes])};
      });
  EXPECT_EQ(seen, (std::set<std::string>{"--", "1-", "-2", "12"}));
}

TEST(FaultyFileSystem, AWriteIsTornAtSectors) {
  const auto seen = outcomes(
      [](auto& fs) {
        const auto file = make_synced(fs, "a", std::string(2 * kSectorBytes, '-'));
        ASSERT_TRUE(file->write_at(kSectorBytes - 2, as_bytes("abcd")).has_value());
      },
      [](auto& fs) {
        return std::string(as_text(BytesView(read_all(fs, "a")).subspan(kSectorBytes - 2, 4)));
      });
  EXPECT_EQ(seen, (std::set<std::string>{"----", "ab--", "--cd", "abcd"}));
}

TEST(FaultyFileSystem, AFileMayGrowWithoutItsData) {
  const auto seen = outcomes(
      [](auto& fs) {
        const auto file = make_synced(fs, "a", "");
        ASSERT_TRUE(file->write_at(0, as_bytes("x")).has_value());
      },
      [](auto& fs) { return std::string(as_text(read_all(fs, "a"))); });
  EXPECT_EQ(seen, (std::set<std::string>{"", std::string(1, '\0'), "x"}));
}

TEST(FaultyFileSystem, UnsyncedNamesMayVanish) {
  const auto seen = outcomes(
      [](auto& fs) {
        ASSERT_TRUE(fs.open("a", OpenMode::kCreate).value()->sync().has_value());
        ASSERT_TRUE(fs.open("b", OpenMode::kCreate).value()->sync().has_value());
      },
      [](auto& fs) {
        std::string names;
        const auto entries = fs.list("").value();
        for (const Entry& entry : entries) names += entry.name;
        return names;
      });
  EXPECT_EQ(seen, (std::set<std::string>{"", "a", "b", "ab"}));
}

TEST(FaultyFileSystem, AnUnsyncedRenameHappensAsAWholeOrNot) {
  const auto seen = outcomes(
      [](auto& fs) {
        make_synced(fs, "a", "new");
        make_synced(fs, "b", "old");
        ASSERT_TRUE(fs.rename("a", "b").has_value());
      },
      [](auto& fs) {
        return std::string(fs.exists("a").value() ? "a " : "") +
               std::string(as_text(read_all(fs, "b")));
      });
  EXPECT_EQ(seen, (std::set<std::string>{"a old", "new"}));
}

TEST(FaultyFileSystem, ALaterWriteMaySurviveAnEarlierOneOfTheSameBytes) {
  const auto seen = outcomes(
      [](auto& fs) {
        const auto file = make_synced(fs, "a", "-");
        ASSERT_TRUE(file->write_at(0, as_bytes("1")).has_value());
        ASSERT_TRUE(file->write_at(0, as_bytes("2")).has_value());
      },
      [](auto& fs) { return std::string(as_text(read_all(fs, "a"))); });
  EXPECT_EQ(seen, (std::set<std::string>{"-", "1", "2"}));
}

TEST(FaultyFileSystem, UnsyncedNamesChangeInAnyOrder) {
  const auto seen = outcomes(
      [](auto& fs) {
        make_synced(fs, "a", "");
        make_synced(fs, "b", "");
        ASSERT_TRUE(fs.rename("a", "c").has_value());
        ASSERT_TRUE(fs.remove("b").has_value());
        ASSERT_TRUE(fs.open("d", OpenMode::kCreate).has_value());
      },
      [](auto& fs) {
        std::string names;
        const auto entries = fs.list("").value();
        for (const Entry& entry : entries) names += entry.name;
        return names;
      });
  EXPECT_EQ(seen, (std::set<std::string>{"ab", "abd", "a", "ad", "bc", "bcd", "c", "cd"}));
}

TEST(FaultyFileSystem, AnUnsyncedSwapOfFilesMayLoseOneOfThem) {
  const auto seen = outcomes(
      [](auto& fs) {
        make_synced(fs, "live", "old");
        make_synced(fs, "made", "new");
        ASSERT_TRUE(fs.rename("live", "kept").has_value());
        ASSERT_TRUE(fs.rename("made", "live").has_value());
      },
      [](auto& fs) {
        std::string found;
        for (const char* name : {"live", "made", "kept"}) {
          const bool there = fs.exists(name).value();
          found += there ? std::string(as_text(read_all(fs, name))) + " " : "- ";
        }
        return found;
      });
  EXPECT_EQ(seen, (std::set<std::string>{"old new - ", "- new old ", "new - - ", "new - old "}));
}

TEST(FaultyFileSystem, ARemovedFolderMayBeThereWithAPartOfItsFiles) {
  const auto seen = outcomes(
      [](auto& fs) {
        ASSERT_TRUE(fs.create_folders("f").has_value());
        for (const char* path : {"f/a", "f/b"}) {
          ASSERT_TRUE(fs.open(path, OpenMode::kCreate).has_value());
        }
        ASSERT_TRUE(fs.sync_directory("f").has_value());
        ASSERT_TRUE(fs.remove_folder("f").has_value());
      },
      [](auto& fs) -> std::string {
        if (!fs.exists("f").value()) return "gone";
        std::string names = "f:";
        const auto entries = fs.list("f").value();
        for (const Entry& entry : entries) names += entry.name;
        return names;
      });
  EXPECT_EQ(seen, (std::set<std::string>{"gone", "f:", "f:a", "f:b", "f:ab"}));
}

TEST(FaultyFileSystem, ARemovedFolderIsGoneOnceItsOwnIsSynced) {
  const auto seen = outcomes(
      [](auto& fs) {
        ASSERT_TRUE(fs.create_folders("f").has_value());
        ASSERT_TRUE(fs.open("f/a", OpenMode::kCreate).has_value());
        ASSERT_TRUE(fs.remove_folder("f").has_value());
        ASSERT_TRUE(fs.sync_directory("").has_value());
      },
      [](auto& fs) { return std::string(fs.exists("f").value() ? "there" : "gone"); });
  EXPECT_EQ(seen, std::set<std::string>{"gone"});
}

TEST(FaultyFileSystem, CallsThatDoOnlyAPartAreMadeAgainForTheRest) {
  FaultyFileSystem fs(1);
  const auto file = make_synced(fs, "a", "");
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::array<std::string, 3> parts{std::to_string(i), "", std::string(40, 'x')};
    const std::array<BytesView, 3> views{as_bytes(parts[0]), as_bytes(parts[1]),
                                         as_bytes(parts[2])};
    ASSERT_TRUE(file->write_at(all.size(), views).has_value());
    all += parts[0] + parts[2];
    ASSERT_EQ(as_text(read_all(fs, "a")), all);
  }
  EXPECT_GT(fs.short_calls(), 20U);
}

TEST(FaultyFileSystem, AnUnsyncedTruncateHappensOrNot) {
  const auto seen = outcomes(
      [](auto& fs) {
        const auto file = make_synced(fs, "a", "0123");
        ASSERT_TRUE(file->truncate(1).has_value());
      },
      [](auto& fs) { return std::string(as_text(read_all(fs, "a"))); });
  EXPECT_EQ(seen, (std::set<std::string>{"0", "0123"}));
}

TEST(FaultyFileSystem, AFailedSyncIsNotMadeGoodByTheNext) {
  const auto seen = outcomes(
      [](auto& fs) {
        const auto file = make_synced(fs, "a", "-");
        ASSERT_TRUE(file->write_at(0, as_bytes("x")).has_value());
        fs.fail_after(FaultyFileSystem::Operation::kSync, 1);
        ASSERT_EQ(file->sync().error().code, ErrorCode::kIo);
        ASSERT_TRUE(file->sync().has_value());
        ASSERT_EQ(as_text(read_all(fs, "a")), "x");
      },
      [](auto& fs) { return std::string(as_text(read_all(fs, "a"))); });
  EXPECT_EQ(seen, (std::set<std::string>{"-", "x"}));
}

TEST(FaultyFileSystem, OpenFilesAndLocksDieWithThePower) {
  FaultyFileSystem fs(1);
  const auto file = make_synced(fs, "a", "x");
  const auto lock = fs.lock_folder("");
  fs.crash();
  EXPECT_EQ(fs.list("").error().code, ErrorCode::kIo);
  fs.power_on();
  EXPECT_TRUE(fs.list("").has_value());
  EXPECT_EQ(file->sync().error().code, ErrorCode::kIo);
  EXPECT_TRUE(fs.lock_folder("").has_value());
}

TEST(FaultyFileSystem, ThePowerFailsDuringTheChangeThatWasNamed) {
  FaultyFileSystem fs(1);
  const auto file = make_synced(fs, "a", "x");
  fs.crash_after(2);
  EXPECT_TRUE(file->write_at(0, as_bytes("y")).has_value());
  EXPECT_TRUE(fs.powered());
  EXPECT_EQ(file->write_at(0, as_bytes("z")).error().code, ErrorCode::kIo);
  EXPECT_FALSE(fs.powered());
}

TEST(FaultyFileSystem, InjectedFaultsHappenOnce) {
  FaultyFileSystem fs(1);
  const auto file = make_synced(fs, "a", "0123456789");
  std::array<std::byte, 4> into{};
  fs.fail_after(FaultyFileSystem::Operation::kRead, 2);
  EXPECT_TRUE(file->read_at(0, into).has_value());
  EXPECT_EQ(file->read_at(0, into).error().code, ErrorCode::kIo);
  EXPECT_TRUE(file->read_at(0, into).has_value());
  fs.fail_after(FaultyFileSystem::Operation::kWrite, 1);
  EXPECT_EQ(file->write_at(0, as_bytes("abc")).error().code, ErrorCode::kIo);
  EXPECT_TRUE(file->write_at(0, as_bytes("abc")).has_value());
}

TEST(FaultyFileSystem, AFailedChangeOfNamesChangesNothing) {
  FaultyFileSystem fs(1);
  make_synced(fs, "a", "x");
  ASSERT_TRUE(fs.create_folders("f").has_value());
  ASSERT_TRUE(fs.open("f/b", OpenMode::kCreate).has_value());
  const auto fails = [&](const Status& status) {
    return !status && status.error().code == ErrorCode::kIo;
  };
  const auto next = [&] { fs.fail_after(FaultyFileSystem::Operation::kName, 1); };
  next();
  EXPECT_TRUE(fails(fs.rename("a", "c")));
  next();
  EXPECT_TRUE(fails(fs.remove("a")));
  next();
  EXPECT_TRUE(fails(fs.remove_folder("f")));
  next();
  EXPECT_EQ(fs.open("d", OpenMode::kCreate).error().code, ErrorCode::kIo);
  next();
  EXPECT_TRUE(fails(fs.sync_directory("")));
  EXPECT_TRUE(fs.exists("a").value() && fs.exists("f/b").value());
  EXPECT_FALSE(fs.exists("c").value() || fs.exists("d").value());
  EXPECT_TRUE(fs.sync_directory("f").has_value());
  fs.crash();
  fs.power_on();
  EXPECT_TRUE(fs.exists("f/b").value());
}

TEST(FaultyFileSystem, LimitedSpaceStoresWhatFits) {
  FaultyFileSystem fs(1);
  const auto file = make_synced(fs, "a", "0123");
  fs.limit_space(6);
  EXPECT_TRUE(file->write_at(0, as_bytes("abcd")).has_value());
  EXPECT_EQ(file->write_at(4, as_bytes("efgh")).error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(as_text(read_all(fs, "a")), "abcdef");
  fs.heal();
  EXPECT_TRUE(file->write_at(4, as_bytes("efgh")).has_value());
}

TEST(FaultyFileSystem, SaysThatEverythingIsInMemoryIfItIsTold) {
  FaultyFileSystem fs(1);
  const auto file = make_synced(fs, "a", "text");
  EXPECT_FALSE(file->is_in_memory(0, 4));
  fs.keep_in_memory(true);
  EXPECT_TRUE(file->is_in_memory(0, 4));
}

TEST(FaultyFileSystem, AReadWaitsForASlowDiskUnlessItIsFromMemory) {
  FaultyFileSystem fs(1);
  const auto file = make_synced(fs, "a", "text");
  fs.hold_reads("a");
  Bytes into(4);
  EXPECT_EQ(file->read_at(0, into, Patience::kNone).error().code, ErrorCode::kTimedOut);
  std::thread reader([&] { EXPECT_EQ(file->read_at(0, into), 4u); });
  while (fs.held_reads() == 0) std::this_thread::yield();
  fs.release_reads();
  reader.join();
  fs.hold_reads("a");
  fs.keep_in_memory(true);
  EXPECT_EQ(file->read_at(0, into, Patience::kNone), 4u);
  EXPECT_EQ(file->read_at(0, into), 4u);
}

TEST(FaultyFileSystem, TheSameSeedGivesTheSameOutcome) {
  const auto run = [](std::uint64_t seed) {
    FaultyFileSystem fs(seed);
    const auto file = make_synced(fs, "a", "");
    EXPECT_TRUE(file->write_at(0, as_bytes(std::string(64 * kSectorBytes, 'x'))).has_value());
    fs.crash();
    fs.power_on();
    return read_all(fs, "a");
  };
  for (std::uint64_t seed = 0; seed < 50; ++seed) EXPECT_EQ(run(seed), run(seed)) << seed;
}

}  // namespace
}  // namespace daybook::io
