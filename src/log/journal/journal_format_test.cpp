#include "log/journal/journal_format.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace daybook::log {
namespace {

Bytes with_headers(BytesView first, BytesView second) {
  Bytes bytes(kJournalAlignment);
  std::ranges::copy(first, bytes.begin());
  std::ranges::copy(second, bytes.begin() + static_cast<std::ptrdiff_t>(journal_header_at(1)));
  return bytes;
}

TEST(JournalFormat, AHeaderIsReadBackAndEveryChangeOfItRefused) {
  const JournalFileHeader header{1 << 20, 77, 0xdeadbeef};
  const Bytes bytes = encode_journal_header(header);
  const auto read = find_journal_header(with_headers(bytes, {}));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->number, 0u);
  EXPECT_EQ(read->header.file_bytes, header.file_bytes);
  EXPECT_EQ(read->header.first_sequence, header.first_sequence);
  EXPECT_EQ(read->header.salt, header.salt);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    Bytes changed = bytes;
    changed[at] ^= std::byte{4};
    EXPECT_FALSE(find_journal_header(with_headers(changed, {})).has_value()) << at;
    EXPECT_FALSE(find_journal_header(BytesView(bytes).first(at)).has_value()) << at;
  }
}

TEST(JournalFormat, TheNewerHeaderCountsAndTheOlderIfThatIsTorn) {
  const Bytes older = encode_journal_header({1 << 20, 77, 1});
  const Bytes newer = encode_journal_header({1 << 20, 78, 2});
  EXPECT_EQ(find_journal_header(with_headers(older, newer))->number, 1u);
  EXPECT_EQ(find_journal_header(with_headers(newer, older))->number, 0u);
  const auto torn = find_journal_header(with_headers(older, BytesView(newer).first(20)));
  ASSERT_TRUE(torn.has_value());
  EXPECT_EQ(torn->header.first_sequence, 77u);
}

Bytes block_of_one(std::string_view name, std::string_view batches, std::uint32_t salt) {
  Bytes block(kJournalBlockHeaderBytes);
  const auto size = static_cast<std::uint32_t>(batches.size());
  encode_journal_entry({name, Uuid{}, 100, {Offset{9}, Offset{5}, 100 + size}}, block);
  block.insert(block.end(), as_bytes(batches).begin(), as_bytes(batches).end());
  seal_journal_block(block, 1, 3, {1 << 20, 2, salt});
  return block;
}

TEST(JournalFormat, ABlockIsReadBack) {
  const Bytes block = block_of_one("t-0", "abcde", 1);
  EXPECT_EQ(block.size(), kJournalAlignment);
  const auto header = decode_journal_block_header(block);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->sequence, 3u);
  EXPECT_EQ(header->filling, 2u);
  EXPECT_TRUE(is_whole_journal_block(*header, block, 1));
  JournalBlockReader reader(*header, block);
  const auto entry = reader.next();
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->header.partition, "t-0");
  EXPECT_EQ(entry->header.position, 100u);
  EXPECT_EQ(entry->header.end, (LogPoint{Offset{9}, Offset{5}, 105}));
  EXPECT_EQ(as_text(BytesView(block).subspan(entry->batches_at, 5)), "abcde");
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_FALSE(reader.is_damaged());
}

TEST(JournalFormat, EveryChangeOfABlockIsRefused) {
  const Bytes block = block_of_one("t-0", "abcde", 1);
  const auto length = decode_journal_block_header(block)->length;
  for (std::size_t at = 0; at < kJournalBlockHeaderBytes + length; ++at) {
    Bytes changed = block;
    changed[at] ^= std::byte{1};
    const auto header = decode_journal_block_header(changed);
    EXPECT_FALSE(header && is_whole_journal_block(*header, changed, 1)) << at;
  }
}

TEST(JournalFormat, ABlockOfAnotherFileOrAnEarlierFillingIsNotTaken) {
  const Bytes block = block_of_one("t-0", "abcde", 1);
  EXPECT_FALSE(is_whole_journal_block(*decode_journal_block_header(block), block, 2));
}

TEST(JournalFormat, EntriesThatDoNotFitTheirBlockAreDamage) {
  Bytes block = block_of_one("t-0", "abcde", 1);
  const auto header = *decode_journal_block_header(block);
  for (const std::uint32_t entries : {2u, 1000u}) {
    JournalBlockReader reader({header.crc, header.length, entries, 3, 2}, block);
    EXPECT_TRUE(reader.next().has_value());
    EXPECT_FALSE(reader.next().has_value());
    EXPECT_TRUE(reader.is_damaged());
  }
  block[kJournalBlockHeaderBytes + 16] = std::byte{0x7f};  // the name's length
  JournalBlockReader reader(header, block);
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_TRUE(reader.is_damaged());
}

}  // namespace
}  // namespace daybook::log
