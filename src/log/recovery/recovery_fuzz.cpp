// Any bytes as a segment. Byte 0 says how: bit 0, repair the CRCs, so that other fields are reached
// too; bit 1, with a checkpoint in the folder. Bytes 1 and 2 are how much was known to be durable.
//
// The verdict does not depend on where the bytes are cut; it is corrupt if and only if the damage
// is below the durable end; what is before the damage is clean. A partition over the bytes opens or
// says why not; what it then serves is exactly what the verdict called valid, also after a restart.

#include "base/check.h"
#include "base/crc32c.h"
#include "io/clock.h"
#include "io/faulty_file_system.h"
#include "log/committer.h"
#include "log/durable_end.h"
#include "log/file_names.h"
#include "log/partition.h"
#include "log/segment/segment_judge.h"

namespace daybook::log {
namespace {

constexpr const char* kFolder = "t-0";
constexpr std::size_t kFirstByte = 3;

void repair_crcs(MutableBytes bytes) {
  for (;;) {
    const auto batch = wire::frame_batch(bytes);
    if (!batch) return;
    store_be(bytes.data() + wire::batch_layout::kCrcAt, batch->computed_crc());
    bytes = bytes.subspan(batch->size_bytes());
  }
}

Judgement judge(BytesView bytes, std::uint64_t durable_end, std::size_t piece) {
  SegmentJudge segment_judge({0, bytes.size(), durable_end, Offset{0}}, nullptr);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (!segment_judge.feed(bytes.subspan(at, std::min(piece, bytes.size() - at)))) break;
  }
  return segment_judge.finish();
}

void check_verdict(BytesView bytes, std::uint64_t durable_end) {
  const Judgement whole = judge(bytes, durable_end, bytes.size() + 1);
  for (const std::size_t piece : {1u, 61u, 100u}) {
    const Judgement in_pieces = judge(bytes, durable_end, piece);
    DAYBOOK_CHECK(in_pieces.verdict == whole.verdict && in_pieces.valid_end == whole.valid_end &&
                      in_pieces.next_offset == whole.next_offset,
                  "the verdict depends on where the bytes are cut");
  }
  const bool damaged = whole.valid_end < std::max<std::uint64_t>(bytes.size(), durable_end);
  DAYBOOK_CHECK(whole.valid_end <= bytes.size() && (whole.verdict == Verdict::kClean) == !damaged,
                "clean is not what has no damage");
  DAYBOOK_CHECK((whole.verdict == Verdict::kCorrupt) == (whole.valid_end < durable_end),
                "corrupt is not what is damaged below the durable end");
  const Judgement kept = judge(bytes.first(whole.valid_end), 0, 4096);
  DAYBOOK_CHECK(kept.verdict == Verdict::kClean && kept.next_offset == whole.next_offset,
                "what is before the damage is not clean");
}

void check_partition(BytesView bytes, bool with_checkpoint) {
  io::FaultyFileSystem fs(1);
  io::ManualClock clock{TimestampMs{1000}};
  Committer committer(0);
  if (with_checkpoint) {
    DAYBOOK_CHECK(Partition::create(fs, kFolder, Uuid{}), "an empty partition is made");
  } else {
    DAYBOOK_CHECK(fs.create_folders(kFolder), "a folder is made");
  }
  const auto file =
      fs.open(offset_path(kFolder, Offset{0}, kLogSuffix), io::OpenMode::kOpenOrCreate);
  DAYBOOK_CHECK((*file)->write_at(0, bytes), "the segment is written");

  const Judgement expected = judge(bytes, 0, 4096);
  const auto open = [&] {
    return Partition::open(fs, clock, committer, kFolder, {}, Durability::kFsync);
  };
  auto partition = open();
  DAYBOOK_CHECK(partition, "nothing was known to be durable, so nothing can be corrupt");
  for (int life = 0; life < 2; ++life) {
    DAYBOOK_CHECK((*partition)->high_watermark() == expected.next_offset, "wrong end");
    Bytes served;
    Offset from{0};
    while (from < expected.next_offset) {
      const auto read = (*partition)->read(from, bytes.size(), true);
      DAYBOOK_CHECK(read && !read->batches.empty(), "valid bytes are not served");
      served.insert(served.end(), read->batches.begin(), read->batches.end());
      for (BytesView rest = read->batches; !rest.empty();) {
        const auto batch = wire::frame_batch(rest);
        from = batch->next_offset();
        rest = rest.subspan(batch->size_bytes());
      }
    }
    DAYBOOK_CHECK(std::ranges::equal(served, bytes.first(expected.valid_end)),
                  "what is served is not what is valid");
    (void)(*partition)->offset_for_time(TimestampMs{1});
    DAYBOOK_CHECK((*partition)->close(), "it closes");
    partition = open();
    DAYBOOK_CHECK(partition, "it opens again");
  }
}

}  // namespace
}  // namespace daybook::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook;
  using namespace daybook::log;
  if (size < kFirstByte) return 0;
  Bytes bytes = to_bytes(BytesView(reinterpret_cast<const std::byte*>(data), size));
  const bool repair = (data[0] & 1) != 0;
  const bool with_checkpoint = (data[0] & 2) != 0;
  const auto durable_end = load_be<std::uint16_t>(bytes.data() + 1);
  bytes.erase(bytes.begin(), bytes.begin() + kFirstByte);
  if (repair) repair_crcs(bytes);
  check_verdict(bytes, durable_end);
  check_partition(bytes, with_checkpoint);
  return 0;
}
