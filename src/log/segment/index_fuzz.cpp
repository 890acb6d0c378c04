// Any bytes as the indexes and the producer snapshot of a closed partition. Byte 0 chooses which
// file they replace. Whatever they are, every offset is found, as if the indexes were not there,
// and looking for times ends; the partition opens or says why not.

#include <array>

#include "base/check.h"
#include "io/clock.h"
#include "io/faulty_file_system.h"
#include "log/committer.h"
#include "log/file_names.h"
#include "log/partition.h"
#include "log/segment/sparse_index.h"
#include "wire/batch_builder.h"

namespace daybook::log {
namespace {

constexpr const char* kFolder = "t-0";
constexpr int kRecords = 30;

PartitionConfig small_segments() {
  PartitionConfig config;
  config.segment_bytes = 1024;
  config.index_interval_bytes = 100;
  return config;
}

Bytes make_batch(int number) {
  wire::BatchBuilder builder;
  builder.add(TimestampMs{1000 + number}, std::nullopt, as_bytes("a value of some length"));
  return *std::move(builder).finish();
}

void check_lookups(BytesView bytes) {
  const auto entries = believable_entries<OffsetEntry>(bytes, INT32_MAX, INT32_MAX);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    DAYBOOK_CHECK(entries[i].key() > entries[i - 1].key(), "believed entries do not ascend");
  }
  (void)believable_entries<TimeEntry>(bytes, INT32_MAX, INT32_MAX);
}

void check_partition(BytesView bytes, unsigned which) {
  io::FaultyFileSystem fs(1);
  io::ManualClock clock{TimestampMs{1000}};
  Committer committer(0);
  DAYBOOK_CHECK(Partition::create(fs, kFolder, Uuid{}), "an empty partition is made");
  const auto open = [&] {
    return Partition::open(fs, clock, committer, kFolder, small_segments(), Durability::kFsync);
  };
  auto partition = open();
  for (int i = 0; i < kRecords; ++i) {
    DAYBOOK_CHECK((*partition)->append(make_batch(i)), "a batch is appended");
  }
  DAYBOOK_CHECK((*partition)->close(), "it closes");

  const std::array<std::string, 3> files{offset_path(kFolder, Offset{0}, kIndexSuffix),
                                         offset_path(kFolder, Offset{0}, kTimeIndexSuffix),
                                         offset_path(kFolder, Offset{kRecords}, kSnapshotSuffix)};
  const auto file = fs.open(files[which % files.size()], io::OpenMode::kWrite);
  DAYBOOK_CHECK(file && (*file)->truncate(0) && (*file)->write_at(0, bytes), "it is replaced");

  partition = open();
  DAYBOOK_CHECK(partition, "an index or a snapshot is derived: the log is all there");
  DAYBOOK_CHECK((*partition)->high_watermark() == Offset{kRecords}, "wrong end");
  for (int i = 0; i < kRecords; ++i) {
    const auto read = (*partition)->read(Offset{i}, 1, true);
    DAYBOOK_CHECK(read && wire::BatchView(read->batches).base_offset() == Offset{i},
                  "an offset is not found");
    (void)(*partition)->offset_for_time(TimestampMs{1000 + i});
  }
}

}  // namespace
}  // namespace daybook::log

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace daybook;
  if (size == 0) return 0;
  const BytesView bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
  log::check_lookups(bytes);
  log::check_partition(bytes, data[0]);
  return 0;
}
