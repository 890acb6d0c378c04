#include "log/segment/sparse_index.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/faulty_file_system.h"

namespace daybook::log {
namespace {

Bytes bytes_of(io::FileSystem& fs, const std::string& path) {
  const auto file = fs.open(path, io::OpenMode::kRead).value();
  Bytes bytes(file->size().value());
  EXPECT_EQ(file->read_at(0, bytes).value(), bytes.size());
  return bytes;
}

TEST(SparseIndex, EntriesAreKafkasBytes) {
  Bytes offset_entry(OffsetEntry::kSizeBytes);
  OffsetEntry{0x01020304, 0x0a0b0c0d}.store(offset_entry.data());
  EXPECT_EQ(as_text(offset_entry), "\x01\x02\x03\x04\x0a\x0b\x0c\x0d");
  EXPECT_EQ(OffsetEntry::load(offset_entry.data()), (OffsetEntry{0x01020304, 0x0a0b0c0d}));
  Bytes time_entry(TimeEntry::kSizeBytes);
  TimeEntry{0x0102030405060708, 0x090a0b0c}.store(time_entry.data());
  EXPECT_EQ(as_text(time_entry), "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c");
  EXPECT_EQ(TimeEntry::load(time_entry.data()), (TimeEntry{0x0102030405060708, 0x090a0b0c}));
}

TEST(SparseIndex, FindsTheLastEntryAtOrBelowAKey) {
  io::FaultyFileSystem fs(1);
  for (const int count : {0, 1, 2, 255, 256, 257, 1000, 5000}) {
    OffsetIndex index("index" + std::to_string(count), 0, std::nullopt);
    for (int i = 0; i < count; ++i) {
      index.add({10 * (i + 1), 100 * (i + 1)});
      if (index.is_full()) {
        ASSERT_TRUE(index.flush(fs).has_value());
      }
    }
    Random random(7);
    for (int probe = 0; probe < 300; ++probe) {
      const auto key = static_cast<std::int32_t>(random.below(10 * 5100));
      const auto found = index.floor(fs, key);
      ASSERT_TRUE(found.has_value());
      const int expected = std::min(key / 10, count);
      ASSERT_EQ(found->has_value(), expected > 0) << key;
      if (*found) {
        ASSERT_EQ((*found)->position, 100 * expected) << key;
      }
      const auto by_place = index.floor(fs, 10 * key, &OffsetEntry::place);
      ASSERT_TRUE(by_place.has_value());
      ASSERT_EQ(*by_place, *found) << key;
    }
  }
}

TEST(SparseIndex, EntriesWaitInMemoryAndGoToTheFileTogether) {
  io::FaultyFileSystem fs(1);
  TimeIndex index("times", 0, std::nullopt);
  index.add({100, 1});
  index.add({200, 2});
  EXPECT_FALSE(fs.exists("times").value());
  ASSERT_TRUE(index.flush(fs).has_value());
  ASSERT_TRUE(index.flush(fs).has_value()) << "nothing waits";
  index.add({300, 3});
  ASSERT_TRUE(index.flush(fs).has_value());
  EXPECT_EQ(bytes_of(fs, "times").size(), 3 * TimeEntry::kSizeBytes);
  EXPECT_EQ(index.floor(fs, 250).value(), (TimeEntry{200, 2}));
}

TEST(SparseIndex, AFailedFlushLosesNothing) {
  io::FaultyFileSystem fs(1);
  OffsetIndex index("index", 0, std::nullopt);
  index.add({1, 10});
  fs.limit_space(4);
  EXPECT_EQ(index.flush(fs).error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(index.floor(fs, 5).value(), (OffsetEntry{1, 10}));
  fs.heal();
  ASSERT_TRUE(index.flush(fs).has_value());
  EXPECT_EQ(bytes_of(fs, "index").size(), OffsetEntry::kSizeBytes);
}

TEST(SparseIndex, OnlyAscendingEntriesAreBelieved) {
  const std::vector<OffsetEntry> entries{{5, 100}, {9, 200}, {12, 300}, {12, 400}, {20, 500}};
  Bytes bytes(entries.size() * OffsetEntry::kSizeBytes);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    entries[i].store(bytes.data() + i * OffsetEntry::kSizeBytes);
  }
  EXPECT_EQ(believable_entries<OffsetEntry>(bytes, 1000, 1000).size(), 3u);
  EXPECT_EQ(believable_entries<OffsetEntry>(bytes, 12, 1000).size(), 2u) << "offset too high";
  EXPECT_EQ(believable_entries<OffsetEntry>(bytes, 1000, 200).size(), 1u) << "behind the end";
  EXPECT_EQ(believable_entries<OffsetEntry>(BytesView(bytes).first(13), 1000, 1000).size(), 1u);
  EXPECT_TRUE(believable_entries<OffsetEntry>(Bytes(80), 1000, 1000).empty()) << "zeros";
  EXPECT_TRUE(believable_entries<TimeEntry>(Bytes(5, std::byte{0xff}), 1000, 1000).empty());
}

}  // namespace
}  // namespace daybook::log
