// What every FileSystem promises (io/file_system.h), checked on the real one and on the faulty one
// while it has no faults.

#include "io/file_system.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "io/faulty_file_system.h"

namespace daybook::io {
namespace {

Bytes read_all(const File& file) {
  Bytes bytes(file.size().value());
  EXPECT_EQ(file.read_at(0, bytes).value(), bytes.size());
  return bytes;
}

class FileSystemTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook-io-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    ASSERT_TRUE(fs().create_folders(root_).has_value());
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  FileSystem& fs() { return GetParam() ? real_file_system() : static_cast<FileSystem&>(faulty_); }
  std::string path(const std::string& name) const { return root_ + "/" + name; }
  std::unique_ptr<File> make(const std::string& name, std::string_view content) {
    auto file = fs().open(path(name), OpenMode::kCreate).value();
    EXPECT_TRUE(file->write_at(0, as_bytes(content)).has_value());
    return file;
  }

  std::string root_;
  FaultyFileSystem faulty_{1};
};

INSTANTIATE_TEST_SUITE_P(Io, FileSystemTest, testing::Bool(),
                         [](const auto& which) { return which.param ? "real" : "faulty"; });

TEST_P(FileSystemTest, ReadsBackWhatWasWrittenInParts) {
  auto file = fs().open(path("a"), OpenMode::kCreate).value();
  const std::array<BytesView, 4> parts{as_bytes("one"), BytesView{}, as_bytes(","),
                                       as_bytes("two")};
  ASSERT_TRUE(file->write_at(2, parts).has_value());
  EXPECT_EQ(as_text(read_all(*file)), std::string_view("\0\0one,two", 9));
}

TEST_P(FileSystemTest, WritesMorePartsThanOneSystemCallTakes) {
  auto file = fs().open(path("a"), OpenMode::kCreate).value();
  const std::vector<BytesView> parts(3000, as_bytes("0123456789"));
  ASSERT_TRUE(file->write_at(0, parts).has_value());
  const Bytes content = read_all(*file);
  ASSERT_EQ(content.size(), 30000u);
  for (std::size_t i = 0; i < content.size(); ++i) {
    ASSERT_EQ(content[i], std::byte('0' + i % 10)) << i;
  }
}

TEST_P(FileSystemTest, ReadsShortOnlyAtTheEnd) {
  const auto file = make("a", "0123456789");
  Bytes into(6);
  EXPECT_EQ(file->read_at(7, into).value(), 3u);
  EXPECT_EQ(file->read_at(10, into).value(), 0u);
  EXPECT_EQ(file->read_at(1000, into).value(), 0u);
}

TEST_P(FileSystemTest, TruncateShortensAndGrowsWithZeros) {
  const auto file = make("a", "0123456789");
  ASSERT_TRUE(file->truncate(4).has_value());
  ASSERT_TRUE(file->truncate(6).has_value());
  EXPECT_EQ(as_text(read_all(*file)), std::string_view("0123\0\0", 6));
}

TEST_P(FileSystemTest, AllocateGrowsAndNeverShortens) {
  const auto file = make("a", "0123456789");
  ASSERT_TRUE(file->allocate(16).has_value());
  EXPECT_EQ(file->size().value(), 16u);
  ASSERT_TRUE(file->allocate(3).has_value());
  EXPECT_EQ(as_text(read_all(*file)), std::string_view("0123456789\0\0\0\0\0\0", 16));
}

TEST_P(FileSystemTest, OpenModesSayWhatMustExist) {
  EXPECT_EQ(fs().open(path("a"), OpenMode::kRead).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(fs().open(path("a"), OpenMode::kWrite).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(fs().open(path("a"), OpenMode::kOpenOrCreate).has_value());
  EXPECT_TRUE(fs().open(path("a"), OpenMode::kOpenOrCreate).has_value());
  EXPECT_EQ(fs().open(path("a"), OpenMode::kCreate).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(fs().open(path("no/a"), OpenMode::kCreate).error().code, ErrorCode::kNotFound);
}

TEST_P(FileSystemTest, AFileOpenedForReadingIsNotWritten) {
  make("a", "x");
  const auto file = fs().open(path("a"), OpenMode::kRead).value();
  EXPECT_EQ(file->write_at(0, as_bytes("y")).error().code, ErrorCode::kIo);
  EXPECT_EQ(as_text(read_all(*file)), "x");
}

TEST_P(FileSystemTest, ErrorsNameTheFile) {
  EXPECT_NE(fs().open(path("missing"), OpenMode::kRead).error().message.find(path("missing")),
            std::string::npos);
  EXPECT_NE(fs().list(path("missing")).error().message.find(path("missing")), std::string::npos);
}

TEST_P(FileSystemTest, ListsNamesInOrderAndTellsFolders) {
  make("b", "");
  make("c", "");
  ASSERT_TRUE(fs().create_folders(path("a/deep/er")).has_value());
  const auto entries = fs().list(root_).value();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].name, "a");
  EXPECT_TRUE(entries[0].is_folder);
  EXPECT_EQ(entries[2].name, "c");
  EXPECT_FALSE(entries[2].is_folder);
  EXPECT_TRUE(fs().exists(path("a/deep/er")).value());
}

TEST_P(FileSystemTest, MakingAFolderThatExistsIsDone) {
  ASSERT_TRUE(fs().create_folders(path("a/b")).has_value());
  EXPECT_TRUE(fs().create_folders(path("a/b")).has_value());
  make("file", "");
  EXPECT_FALSE(fs().create_folders(path("file")).has_value());
}

TEST_P(FileSystemTest, RenameReplacesAndMovesFolders) {
  make("a", "new");
  make("b", "old");
  ASSERT_TRUE(fs().rename(path("a"), path("b")).has_value());
  EXPECT_FALSE(fs().exists(path("a")).value());
  EXPECT_EQ(as_text(read_all(*fs().open(path("b"), OpenMode::kRead).value())), "new");

  ASSERT_TRUE(fs().create_folders(path("f")).has_value());
  ASSERT_TRUE(fs().rename(path("b"), path("f/b")).has_value());
  ASSERT_TRUE(fs().rename(path("f"), path("g")).has_value());
  EXPECT_TRUE(fs().exists(path("g/b")).value());
  EXPECT_EQ(fs().rename(path("no"), path("x")).error().code, ErrorCode::kNotFound);
}

TEST_P(FileSystemTest, RemovesFilesAndFolders) {
  make("a", "");
  ASSERT_TRUE(fs().remove(path("a")).has_value());
  EXPECT_EQ(fs().remove(path("a")).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(fs().create_folders(path("f/g")).has_value());
  EXPECT_FALSE(fs().remove(path("f")).has_value());
  ASSERT_TRUE(fs().remove_folder(path("f")).has_value());
  EXPECT_FALSE(fs().exists(path("f/g")).value());
  EXPECT_EQ(fs().remove_folder(path("f")).error().code, ErrorCode::kNotFound);
}

// Whether it can be told depends on the system; what is beyond the end never is in memory.
TEST_P(FileSystemTest, WhatIsNotThereIsNotInMemory) {
  constexpr std::size_t kSizeBytes = 100'000;
  const auto file = make("a", std::string(kSizeBytes, 'x'));
  EXPECT_EQ(file->is_in_memory(0, kSizeBytes), file->is_in_memory(99'990, 10));
  EXPECT_FALSE(file->is_in_memory(0, 10 * kSizeBytes));
  EXPECT_FALSE(file->is_in_memory(10 * kSizeBytes, 1));
}

TEST_P(FileSystemTest, WhatIsReadFromMemoryIsWhatIsThere) {
  const auto file = make("a", "0123456789");
  Bytes into(6);
  const auto read = [&](std::uint64_t position) {
    return file->read_at(position, into, Patience::kNone);
  };
  if (!read(2)) {
    EXPECT_EQ(read(2).error().code, ErrorCode::kTimedOut);
    return;
  }
  EXPECT_EQ(as_text(BytesView(into)), "234567");
  EXPECT_EQ(read(7), 3u);
  EXPECT_EQ(read(10), 0u);
}

TEST_P(FileSystemTest, AnOpenFileOutlivesItsName) {
  const auto file = make("a", "kept");
  ASSERT_TRUE(fs().remove(path("a")).has_value());
  EXPECT_EQ(as_text(read_all(*file)), "kept");
}

TEST_P(FileSystemTest, OnlyOneHoldsTheLock) {
  {
    const auto lock = fs().lock_folder(root_);
    ASSERT_TRUE(lock.has_value());
    EXPECT_EQ(fs().lock_folder(root_).error().code, ErrorCode::kUnavailable);
  }
  EXPECT_TRUE(fs().lock_folder(root_).has_value());
}

TEST_P(FileSystemTest, SyncSucceeds) {
  EXPECT_TRUE(make("a", "x")->sync().has_value());
  EXPECT_TRUE(fs().sync_directory(root_).has_value());
}

class RealFileSystemTest : public FileSystemTest {};
INSTANTIATE_TEST_SUITE_P(Io, RealFileSystemTest, testing::Values(true),
                         [](const auto&) { return "real"; });

TEST_P(RealFileSystemTest, ALockHeldByAnotherProcessNamesIt) {
  int ready[2];
  int done[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = real_file_system().lock_folder(root_);
    char byte = lock ? 'y' : 'n';
    const bool told = ::write(ready[1], &byte, 1) == 1 && ::read(done[0], &byte, 1) == 1;
    ::_exit(told ? 0 : 1);
  }
  ASSERT_GT(child, 0);
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const auto lock = fs().lock_folder(root_);
  EXPECT_EQ(::write(done[1], "x", 1), 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(lock.error().message.find("process " + std::to_string(child)), std::string::npos)
      << lock.error().message;
  // The holder has ended without letting go: the lock is free.
  EXPECT_TRUE(fs().lock_folder(root_).has_value());
  for (const int end : {ready[0], ready[1], done[0], done[1]}) ::close(end);
}

TEST_P(RealFileSystemTest, AFullDiskIsNoSpace) {
  auto full = fs().open("/dev/full", OpenMode::kWrite);
  ASSERT_TRUE(full.has_value()) << full.error().message;
  const auto status = (*full)->write_at(0, as_bytes("x"));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kNoSpace);
  EXPECT_NE(status.error().message.find("/dev/full"), std::string::npos);
}

}  // namespace
}  // namespace daybook::io
