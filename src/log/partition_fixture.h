// One partition on a faulty disk, for the tests of this room.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "io/clock.h"
#include "io/faulty_file_system.h"
#include "log/committer.h"
#include "log/partition.h"
#include "log/test_batches.h"

namespace daybook::log {

class PartitionFixture : public testing::Test {
 protected:
  PartitionFixture() {
    config_.segment_bytes = 4096;
    config_.index_interval_bytes = 200;
    EXPECT_TRUE(Partition::create(fs_, kFolder, random_uuid()).has_value());
    open();
  }

  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    partition_ = *opened;
  }
  Result<std::shared_ptr<Partition>> try_open() {
    partition_.reset();
    return Partition::open(fs_, clock_, committer_, kFolder, config_, durability_, &report_);
  }
  void reopen_after_crash() {
    fs_.crash();
    partition_.reset();
    fs_.power_on();
    open();
  }
  void reopen_after_close() {
    ASSERT_TRUE(partition_->close().has_value());
    open();
  }
  void commit() { committer_.commit_pending(); }
  Appended append(const Bytes& batch) {
    const auto appended = partition_->append(batch);
    EXPECT_TRUE(appended.has_value()) << appended.error().message;
    return appended.value_or(Appended{});
  }
  // Appends `count` records of one batch each and commits them.
  void fill(int count, int from = 0) {
    for (int i = from; i < from + count; ++i) {
      append(make_batch({.values = {value(i)}, .timestamp_ms = 1000 + 10 * i}));
    }
    commit();
  }
  static std::string value(int i) { return "value " + std::to_string(i) + std::string(40, '.'); }
  std::string segment(int base, const char* suffix) const {
    std::string digits = std::to_string(base);
    return std::string(kFolder) + "/" + std::string(20 - digits.size(), '0') + digits + suffix;
  }
  void overwrite(const std::string& path, std::uint64_t at, std::string_view bytes) {
    auto file = fs_.open(path, io::OpenMode::kWrite).value();
    ASSERT_TRUE(file->write_at(at, as_bytes(bytes)).has_value());
    ASSERT_TRUE(file->sync().has_value());
  }
  std::uint64_t size_of(const std::string& path) {
    return fs_.open(path, io::OpenMode::kRead).value()->size().value();
  }
  void expect_values(int count) {
    const auto records = read_all(*partition_, Offset{0});
    ASSERT_EQ(records.size(), static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(records[static_cast<std::size_t>(i)], (ReadRecord{Offset{i}, value(i)}));
    }
  }

  static constexpr const char* kFolder = "data/t-0";
  io::FaultyFileSystem fs_{1};
  io::ManualClock clock_{TimestampMs{1'000'000}};
  Committer committer_{0};
  PartitionConfig config_;
  Durability durability_ = Durability::kFsync;
  RecoveryReport report_;
  std::shared_ptr<Partition> partition_;
};

}  // namespace daybook::log
