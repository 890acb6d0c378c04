// Any bytes as the journal that a crash has left. Byte 0 says how: bit 0, the rest is changes to
// the journal that there was, each a place (two bytes) and a byte, otherwise it is the file; bit 1,
// CRCs are repaired, so that what is behind them is reached too.
//
// The set opens, or says that a newer version wrote the journal. A partition opens or says why not;
// it serves whole batches up to its end, also after a restart, and, unless CRCs were repaired, at
// least what its segment had durably.

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/endian.h"
#include "io/clock.h"
#include "io/faulty_file_system.h"
#include "log/committer.h"
#include "log/journal/journal_contents.h"
#include "log/journal/journal_format.h"
#include "log/partition_set.h"
#include "wire/batch_builder.h"

namespace daybook::log {
namespace {

constexpr const char* kFolder = "data/log";
constexpr const char* kJournal = "data/log/journal/0001.journal";
constexpr std::size_t kFileBytes = 16 << 10;
constexpr std::size_t kPatchBytes = 3;
constexpr int kPartitions = 2;
constexpr int kInSegments = 3;  // records of each partition
constexpr int kInJournal = 3;   // and further ones
constexpr std::size_t kHeaderBytes = 36;
constexpr std::size_t kCrcAt = 32;

Bytes batch_of(int number) {
  wire::BatchBuilder builder;
  builder.add(TimestampMs{1000 + number}, std::nullopt, as_bytes("a value"));
  return *std::move(builder).finish();
}

void repair(MutableBytes bytes) {
  if (bytes.size() < kJournalAlignment) return;
  for (std::size_t number = 0; number < kJournalHeaders; ++number) {
    const MutableBytes header = bytes.subspan(journal_header_at(number), kHeaderBytes);
    store_be(header.data() + kCrcAt, crc32c(header.first(kCrcAt)));
  }
  const auto found = find_journal_header(bytes.first(kJournalAlignment));
  if (!found) return;
  for (std::size_t at = kJournalAlignment; at < bytes.size(); at += kJournalAlignment) {
    const MutableBytes rest = bytes.subspan(at);
    const auto block = decode_journal_block_header(rest);
    if (!block || kJournalBlockHeaderBytes + block->length > rest.size()) continue;
    const BytesView covered = rest.subspan(8, kJournalBlockHeaderBytes - 8 + block->length);
    store_be(rest.data() + 4, crc32c(covered, found->header.salt));
  }
}

class Disk {
 public:
  Disk() {
    open();
    for (int i = 0; i < kPartitions; ++i) {
      const auto made = set_->create(topic_of(i), PartitionId{0}, Uuid{}, {});
      DAYBOOK_CHECK(made, "a partition is made");
    }
    append(0, kInSegments);
    committer_.settle_pending();  // makes the journal's file
    append(kInSegments, kInJournal);
    fs_.crash();
    fs_.power_on();
    set_.reset();
  }

  void damage(BytesView how, bool is_patch, bool repairs) {
    Bytes bytes;
    const auto file = fs_.open(kJournal, io::OpenMode::kWrite);
    DAYBOOK_CHECK(file, "there is a journal");
    if (is_patch) {
      bytes.resize((*file)->size().value());
      DAYBOOK_CHECK((*file)->read_at(0, bytes), "it can be read");
      for (; how.size() >= kPatchBytes; how = how.subspan(kPatchBytes)) {
        bytes[load_be<std::uint16_t>(how.data()) % bytes.size()] = how[2];
      }
    } else {
      bytes = to_bytes(how);
    }
    if (repairs) repair(bytes);
    DAYBOOK_CHECK((*file)->truncate(0) && (*file)->write_at(0, bytes), "it is replaced");
    DAYBOOK_CHECK((*file)->sync(), "durably");
    file_bytes_ = bytes.size();
  }

  void check_contents() {
    const auto contents = read_journal(fs_, "data/log/journal");
    if (!contents) return;
    for (const auto& [name, ranges] : contents->partitions) {
      for (const JournaledRange& range : ranges) {
        DAYBOOK_CHECK(
            range.end.position >= range.position && range.at + range.size_bytes() <= file_bytes_,
            "a range is not in the file");
      }
    }
  }

  void check_partitions(bool repaired) {
    std::array<std::optional<Offset>, kPartitions> ends;
    for (int life = 0; life < 2; ++life) {
      if (!open()) return;
      for (int i = 0; i < kPartitions; ++i) {
        auto& known = ends[static_cast<std::size_t>(i)];
        const auto partition = set_->find(topic_of(i), PartitionId{0});
        DAYBOOK_CHECK(partition || !known, "what had opened does not open again");
        if (!partition) continue;
        const Offset end = (*partition)->high_watermark();
        DAYBOOK_CHECK(!known || *known == end, "another end after a restart");
        DAYBOOK_CHECK(repaired || end >= Offset{kInSegments}, "less than was durable");
        read_all(**partition, end);
        known = end;
      }
      DAYBOOK_CHECK(set_->close(), "it closes");
      set_.reset();
    }
  }

 private:
  static std::string topic_of(int number) { return std::string("t") + std::to_string(number); }

  bool open() {
    const JournalConfig config{.file_bytes = kFileBytes, .max_files = 2, .max_range_bytes = 1000};
    auto opened =
        PartitionSet::open(fs_, clock_, committer_, kFolder, {}, Durability::kFsync, config);
    DAYBOOK_CHECK(opened || opened.error().code == ErrorCode::kUnsupported,
                  "the set does not open, and no newer version is to blame");
    if (opened) set_ = *std::move(opened);
    return opened.has_value();
  }

  void append(int first, int count) {
    for (int number = first; number < first + count; ++number) {
      for (int i = 0; i < kPartitions; ++i) {
        const auto partition = set_->find(topic_of(i), PartitionId{0});
        DAYBOOK_CHECK((*partition)->append(batch_of(number)), "a batch is appended");
      }
      committer_.commit_pending();
    }
  }

  static void read_all(Partition& partition, Offset end) {
    Offset from = partition.log_start();
    while (from < end) {
      const auto read = partition.read(from, kFileBytes, true);
      DAYBOOK_CHECK(read && !read->batches.empty(), "valid bytes are not served");
      for (BytesView rest = read->batches; !rest.empty();) {
        const auto batch = wire::frame_batch(rest);
        DAYBOOK_CHECK(batch && batch->crc() == batch->computed_crc(), "no batch is served");
        from = batch->next_offset();
        rest = rest.subspan(batch->size_bytes());
      }
    }
  }

  io::FaultyFileSystem fs_{1};
  io::ManualClock clock_{TimestampMs{1000}};
  Committer committer_{0};
  std::unique_ptr<PartitionSet> set_;
  std::size_t file_bytes_ = 0;
};

}  // namespace
}  // namespace daybook::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook;
  if (size == 0 || size > log::kFileBytes) return 0;
  const BytesView rest(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  const bool is_patch = (data[0] & 1) != 0;
  const bool repairs = (data[0] & 2) != 0;
  log::Disk disk;
  disk.damage(rest, is_patch, repairs);
  disk.check_contents();
  disk.check_partitions(repairs);
  return 0;
}
