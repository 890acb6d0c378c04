#include "log/journal/journal_format.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/endian.h"
#include "log/config.h"

namespace daybook::log {
namespace {

constexpr std::string_view kFileMagic = "DAYBKJNL";
constexpr std::int32_t kVersion = 1;
constexpr std::size_t kHeaderVersionAt = 8;
constexpr std::size_t kHeaderBytesAt = 12;
constexpr std::size_t kHeaderSequenceAt = 20;
constexpr std::size_t kHeaderSaltAt = 28;
constexpr std::size_t kHeaderCrcAt = 32;
constexpr std::size_t kHeaderSizeBytes = 36;

constexpr std::uint32_t kBlockMagic = 0x4442'4a42;  // "DBJB"
constexpr std::size_t kBlockCrcAt = 4;
constexpr std::size_t kBlockLengthAt = 8;
constexpr std::size_t kBlockEntriesAt = 12;
constexpr std::size_t kBlockSequenceAt = 16;
constexpr std::size_t kBlockFillingAt = 24;

// Behind the name: segment, position, end offset, length.
constexpr std::size_t kIdSizeBytes = 16;
constexpr std::size_t kNameLengthSizeBytes = 2;
constexpr std::size_t kPlaceSizeBytes = 8 + 4 + 8 + 4;
constexpr std::size_t kMaxNameBytes = 255;

template <std::integral T>
void put(Bytes& to, T value) {
  to.resize(to.size() + sizeof(T));
  store_be(to.data() + to.size() - sizeof(T), value);
}

void put(Bytes& to, BytesView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

std::size_t padded(std::size_t bytes) {
  return (bytes + kJournalAlignment - 1) / kJournalAlignment * kJournalAlignment;
}

std::expected<JournalFileHeader, JournalHeaderFault> decode_header(BytesView bytes) {
  using enum JournalHeaderFault;
  if (bytes.size() < kHeaderSizeBytes || as_text(bytes.first(kFileMagic.size())) != kFileMagic ||
      load_be<std::uint32_t>(bytes.data() + kHeaderCrcAt) != crc32c(bytes.first(kHeaderCrcAt))) {
    return std::unexpected(kDamaged);
  }
  const auto version = load_be<std::int32_t>(bytes.data() + kHeaderVersionAt);
  if (version > kVersion) return std::unexpected(kNewerVersion);
  if (version != kVersion) return std::unexpected(kDamaged);
  return JournalFileHeader{load_be<std::uint64_t>(bytes.data() + kHeaderBytesAt),
                           load_be<std::uint64_t>(bytes.data() + kHeaderSequenceAt),
                           load_be<std::uint32_t>(bytes.data() + kHeaderSaltAt)};
}

}  // namespace

Bytes encode_journal_header(const JournalFileHeader& header) {
  Bytes bytes(kHeaderSizeBytes);
  std::ranges::copy(as_bytes(kFileMagic), bytes.begin());
  store_be(bytes.data() + kHeaderVersionAt, kVersion);
  store_be(bytes.data() + kHeaderBytesAt, header.file_bytes);
  store_be(bytes.data() + kHeaderSequenceAt, header.first_sequence);
  store_be(bytes.data() + kHeaderSaltAt, header.salt);
  store_be(bytes.data() + kHeaderCrcAt, crc32c(BytesView(bytes).first(kHeaderCrcAt)));
  return bytes;
}

std::uint64_t journal_header_at(std::size_t number) {
  return number * kJournalAlignment / kJournalHeaders;
}

std::expected<FoundJournalHeader, JournalHeaderFault> find_journal_header(BytesView bytes) {
  std::optional<FoundJournalHeader> newest;
  for (std::size_t number = 0; number < kJournalHeaders; ++number) {
    const std::size_t at = std::min<std::size_t>(journal_header_at(number), bytes.size());
    const BytesView own = bytes.subspan(at, std::min(kHeaderSizeBytes, bytes.size() - at));
    const auto header = decode_header(own);
    if (!header && header.error() == JournalHeaderFault::kNewerVersion) {
      return std::unexpected(header.error());
    }
    if (!header) continue;
    if (!newest || header->first_sequence > newest->header.first_sequence) {
      newest = FoundJournalHeader{*header, number};
    }
  }
  if (!newest) return std::unexpected(JournalHeaderFault::kDamaged);
  return *newest;
}

std::size_t journal_entry_overhead(std::string_view partition) {
  return kIdSizeBytes + kNameLengthSizeBytes + partition.size() + kPlaceSizeBytes;
}

void encode_journal_entry(const JournalEntryHeader& entry, Bytes& to) {
  put(to, entry.topic_id.bytes);
  put(to, static_cast<std::int16_t>(entry.partition.size()));
  put(to, as_bytes(entry.partition));
  put(to, entry.end.segment.value);
  put(to, entry.position);
  put(to, entry.end.offset.value);
  put(to, entry.size_bytes());
}

void seal_journal_block(Bytes& block, std::uint32_t entries, std::uint64_t sequence,
                        const JournalFileHeader& file) {
  const std::size_t used = block.size();
  block.resize(padded(used));
  store_be(block.data(), kBlockMagic);
  store_be(block.data() + kBlockLengthAt,
           static_cast<std::uint32_t>(used - kJournalBlockHeaderBytes));
  store_be(block.data() + kBlockEntriesAt, entries);
  store_be(block.data() + kBlockSequenceAt, sequence);
  store_be(block.data() + kBlockFillingAt, file.first_sequence);
  const BytesView covered = BytesView(block).first(used).subspan(kBlockLengthAt);
  store_be(block.data() + kBlockCrcAt, crc32c(covered, file.salt));
}

std::size_t JournalBlockHeader::size_bytes() const {
  return padded(kJournalBlockHeaderBytes + length);
}

std::optional<JournalBlockHeader> decode_journal_block_header(BytesView bytes) {
  if (bytes.size() < kJournalBlockHeaderBytes ||
      load_be<std::uint32_t>(bytes.data()) != kBlockMagic) {
    return std::nullopt;
  }
  const JournalBlockHeader header{load_be<std::uint32_t>(bytes.data() + kBlockCrcAt),
                                  load_be<std::uint32_t>(bytes.data() + kBlockLengthAt),
                                  load_be<std::uint32_t>(bytes.data() + kBlockEntriesAt),
                                  load_be<std::uint64_t>(bytes.data() + kBlockSequenceAt),
                                  load_be<std::uint64_t>(bytes.data() + kBlockFillingAt)};
  if (header.size_bytes() > kMaxJournalBlockBytes) return std::nullopt;
  return header;
}

bool is_whole_journal_block(const JournalBlockHeader& header, BytesView bytes, std::uint32_t salt) {
  const std::size_t end = kJournalBlockHeaderBytes + header.length;
  return bytes.size() >= end &&
         crc32c(bytes.first(end).subspan(kBlockLengthAt), salt) == header.crc;
}

JournalBlockReader::JournalBlockReader(const JournalBlockHeader& header, BytesView block)
    : bytes_(block.first(kJournalBlockHeaderBytes + header.length)), left_(header.entries) {}

std::optional<JournalBlockReader::Entry> JournalBlockReader::next() {
  if (damaged_ || left_ == 0) return std::nullopt;
  damaged_ = true;  // unless the entry turns out to fit
  const BytesView rest = bytes_.subspan(at_);
  if (rest.size() < journal_entry_overhead({})) return std::nullopt;
  Entry entry;
  std::ranges::copy(rest.first(kIdSizeBytes), entry.header.topic_id.bytes.begin());
  const auto name = load_be<std::uint16_t>(rest.data() + kIdSizeBytes);
  if (name > kMaxNameBytes) return std::nullopt;
  const std::size_t name_at = kIdSizeBytes + kNameLengthSizeBytes;
  const std::size_t overhead = name_at + name + kPlaceSizeBytes;
  if (rest.size() < overhead) return std::nullopt;
  entry.header.partition = as_text(rest.subspan(name_at, name));
  const std::byte* const place = rest.data() + name_at + name;
  entry.header.end.segment = Offset{load_be<std::int64_t>(place)};
  entry.header.position = load_be<std::uint32_t>(place + 8);
  entry.header.end.offset = Offset{load_be<std::int64_t>(place + 12)};
  const auto length = load_be<std::uint32_t>(place + 20);
  if (length > rest.size() - overhead ||
      std::uint64_t{entry.header.position} + length > kMaxSegmentBytes) {
    return std::nullopt;
  }
  entry.header.end.position = entry.header.position + length;
  entry.batches_at = at_ + overhead;
  at_ += overhead + length;
  --left_;
  damaged_ = false;
  return entry;
}

}  // namespace daybook::log
