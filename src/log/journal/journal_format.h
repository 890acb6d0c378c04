// The bytes of the journal (docs/formats/journal.md), in which appends of many partitions become
// durable with one sync before their segments do. A journal file is a header and blocks; a block is
// what was synced together: entries, each the bytes that a partition appended and where in which of
// its segments they belong.
//
// Pure functions; any thread. Decoders accept any bytes and bound what they believe.

#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/uuid.h"
#include "log/durable_end.h"

namespace daybook::log {

// Headers and blocks begin at multiples of it, so that writing one never touches another's page.
inline constexpr std::size_t kJournalAlignment = 4096;
inline constexpr std::size_t kMaxJournalBlockBytes = std::size_t{4} << 20;
inline constexpr std::size_t kJournalBlockHeaderBytes = 32;

// The first kJournalAlignment bytes of a journal file hold two headers, of which the newer counts.
// A new one is written over the older: if that is torn, the file is as it was.
struct JournalFileHeader {
  std::uint64_t file_bytes = 0;
  std::uint64_t first_sequence = 0;  // blocks below it do not count any more
  // Begins the CRC of each block. It is random, so that no record can pass for a block.
  std::uint32_t salt = 0;
};
inline constexpr std::size_t kJournalHeaders = 2;
std::uint64_t journal_header_at(std::size_t number);

struct FoundJournalHeader {
  JournalFileHeader header;
  std::size_t number = 0;  // which of the two
};
enum class JournalHeaderFault : std::uint8_t { kDamaged, kNewerVersion };

// One of the two.
Bytes encode_journal_header(const JournalFileHeader& header);
// Of the first kJournalAlignment bytes.
std::expected<FoundJournalHeader, JournalHeaderFault> find_journal_header(BytesView bytes);

// One entry: the bytes from `position` of the segment on, up to `end`.
struct JournalEntryHeader {
  std::string_view partition;  // its folder's name
  Uuid topic_id;               // zero: not known
  std::uint32_t position = 0;
  LogPoint end;
  std::uint32_t size_bytes() const { return end.position - position; }
};

// Of an entry without its batches.
std::size_t journal_entry_overhead(std::string_view partition);
// Appends all but the batches to `to`.
void encode_journal_entry(const JournalEntryHeader& entry, Bytes& to);

// Completes the block in `block`, whose first kJournalBlockHeaderBytes are free and are followed by
// `entries` entries: pads it to the alignment and writes its header. `file` has the header that the
// block is written under.
void seal_journal_block(Bytes& block, std::uint32_t entries, std::uint64_t sequence,
                        const JournalFileHeader& file);

struct JournalBlockHeader {
  std::uint32_t crc = 0;      // of what follows it
  std::uint32_t length = 0;   // of the entries
  std::uint32_t entries = 0;  // how many
  std::uint64_t sequence = 0;
  std::uint64_t filling = 0;  // the first sequence of the file's header at that time

  std::size_t size_bytes() const;  // of the whole block, padded
};
// Nothing unless `bytes` begins like a block that a file may have; the entries may still be torn.
std::optional<JournalBlockHeader> decode_journal_block_header(BytesView bytes);
// Whether the CRC of the block at the front of `bytes` holds.
bool is_whole_journal_block(const JournalBlockHeader& header, BytesView bytes, std::uint32_t salt);

// Walks over the entries of a whole block.
class JournalBlockReader {
 public:
  struct Entry {
    JournalEntryHeader header;
    std::size_t batches_at;  // in the block
  };
  JournalBlockReader(const JournalBlockHeader& header, BytesView block);
  // The next entry; nothing behind the last, or if the rest makes no sense: then is_damaged().
  std::optional<Entry> next();
  bool is_damaged() const { return damaged_; }

 private:
  BytesView bytes_;  // up to the end of the entries
  std::size_t at_ = kJournalBlockHeaderBytes;
  std::uint32_t left_;
  bool damaged_ = false;
};

}  // namespace daybook::log
