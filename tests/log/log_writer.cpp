// Writes two partitions for Apache Kafka to read: log_writer FOLDER
//   closed-0    small segments, every codec, idempotent producers, headers, tombstones
//   crashed-0   left without a close, torn, recovered and appended to
//   transactions-0   two producers whose transactions overlap, every third aborted, the last open
//   compacted-0   as closed-0, compacted twice
// Prints one line per partition: name, records, segments.

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "io/clock.h"
#include "io/file_system.h"
#include "log/committer.h"
#include "log/file_names.h"
#include "log/partition_set.h"
#include "wire/batch_builder.h"
#include "wire/record_reader.h"

namespace daybook {
namespace {

constexpr int kBatches = 600;
constexpr int kRecordsPerBatch = 3;
constexpr std::int32_t kTransactions = 600;
constexpr std::int64_t kFirstTimestampMs = 1'700'000'000'000;
constexpr std::string_view kTorn = "the beginning of a batch that the crash cut short";

[[noreturn]] void give_up(const std::string& message) {
  std::fprintf(stderr, "log_writer: %s\n", message.c_str());
  std::exit(1);
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

log::PartitionConfig small_segments() {
  log::PartitionConfig config;
  config.segment_bytes = 32 * 1024;
  config.index_interval_bytes = 1024;
  config.checkpoint_interval_bytes = 16 * 1024;
  return config;
}

// Batch `number`: every fourth of no producer, the others of three; codecs in turn; times that now
// and then go back.
Bytes make_batch(int number) {
  wire::BatchOptions options;
  options.compression = static_cast<wire::Compression>(number % wire::kCompressionCount);
  if (number % 4 != 0) {
    options.producer_id = ProducerId{number % 4 * 1000};
    options.producer_epoch = ProducerEpoch{0};
    options.base_sequence = number / 4 * kRecordsPerBatch;
  }
  wire::BatchBuilder builder(options);
  for (int i = 0; i < kRecordsPerBatch; ++i) {
    const int record = number * kRecordsPerBatch + i;
    const std::string key = fmt::format("key-{}", record % 17);
    const std::string value = fmt::format("value-{}-{}", record, std::string(60, 'v'));
    const wire::RecordHeader header{as_bytes("trace"), as_bytes("on")};
    const std::int64_t back = record % 50 == 0 ? 5'000 : 0;
    builder.add(TimestampMs{kFirstTimestampMs + record * 10 - back}, as_bytes(key),
                record % 11 == 0 ? std::nullopt : std::optional(as_bytes(value)),
                record % 3 == 0 ? std::span(&header, 1) : std::span<const wire::RecordHeader>());
  }
  return must(std::move(builder).finish());
}

void append(log::Partition& partition, int from, int to) {
  for (int i = from; i < to; ++i) {
    const auto appended = partition.append(make_batch(i));
    if (!appended) give_up(appended.error().message);
  }
}

// Each transaction of producer 1000 spans ten of producer 2000; the last one stays open.
void append_transactions(log::Partition& partition) {
  std::int32_t sequence = 0;
  const auto write = [&](std::int64_t producer, std::int32_t number) {
    wire::BatchBuilder builder({.producer_id = ProducerId{producer},
                                .producer_epoch = ProducerEpoch{0},
                                .base_sequence = number,
                                .transactional = true});
    const std::string value = fmt::format("value-{}-{}", number, std::string(60, 'v'));
    builder.add(TimestampMs{kFirstTimestampMs}, std::nullopt, as_bytes(value));
    const auto appended = partition.append(must(std::move(builder).finish()));
    if (!appended) give_up(appended.error().message);
  };
  const auto end = [&](std::int64_t producer, bool aborts) {
    const auto result = aborts ? wire::TransactionResult::kAbort : wire::TransactionResult::kCommit;
    const auto appended =
        partition.append_marker({ProducerId{producer}, ProducerEpoch{0}, {result, 0}});
    if (!appended) give_up(appended.error().message);
  };
  for (std::int32_t i = 0; i < kTransactions; ++i) {
    if (i % 10 == 0) write(1000, sequence++);
    write(2000, i);
    end(2000, i % 3 == 0);
    if (i % 10 == 9) end(1000, i % 20 == 9);
  }
  write(1000, sequence);
}

// Small segments become one, tombstones get their horizon, aborted records and what was replaced
// go.
void compact(log::Partition& partition) {
  log::PartitionConfig config = small_segments();
  config.compacts = true;
  config.min_dirty_ratio = 0;
  partition.configure(config);
  const std::atomic<bool> never = false;
  if (!must(partition.compact({.stop = never})).ran) give_up("nothing was compacted");
}

void report(const std::string& folder, std::string_view name, const log::Partition& partition) {
  int segments = 0;
  const auto entries = must(io::real_file_system().list(fmt::format("{}/{}", folder, name)));
  for (const io::Entry& entry : entries) segments += entry.name.ends_with(log::kLogSuffix);
  fmt::print("{} {} {}\n", name, partition.log_end().value, segments);
}

void run(const std::string& folder) {
  io::FileSystem& fs = io::real_file_system();
  log::Committer committer;
  const auto open_set = [&] {
    return must(log::PartitionSet::open(fs, io::real_clock(), committer, folder, small_segments(),
                                        log::Durability::kFsync));
  };
  auto set = open_set();
  for (const std::string_view topic : {"closed", "crashed"}) {
    append(*must(set->create(topic, PartitionId{0}, random_uuid(), small_segments())), 0, kBatches);
  }
  append_transactions(
      *must(set->create("transactions", PartitionId{0}, random_uuid(), small_segments())));
  auto& compacted =
      *must(set->create("compacted", PartitionId{0}, random_uuid(), small_segments()));
  append(compacted, 0, kBatches);
  committer.wait_idle(dynamic_cast<log::Committable&>(compacted));
  compact(compacted);
  append(compacted, kBatches, kBatches + 300);
  committer.wait_idle(dynamic_cast<log::Committable&>(compacted));
  compact(compacted);
  auto crashed = must(set->find("crashed", PartitionId{0}));
  committer.wait_idle(dynamic_cast<log::Committable&>(*crashed));
  must(must(set->find("closed", PartitionId{0}))->close());
  crashed.reset();
  set.reset();

  std::string last;
  const auto entries = must(fs.list(folder + "/crashed-0"));
  for (const io::Entry& entry : entries) {
    if (entry.name.ends_with(log::kLogSuffix)) last = folder + "/crashed-0/" + entry.name;
  }
  auto file = must(fs.open(last, io::OpenMode::kWrite));
  must(file->write_at(must(file->size()), as_bytes(kTorn)));

  set = open_set();
  for (const log::OpenedPartition& opened : set->opened()) {
    must(opened.status);
    const bool torn = opened.name.topic == "crashed";
    if (opened.report.torn_bytes != (torn ? kTorn.size() : 0)) give_up("nothing was cut");
  }
  crashed = must(set->find("crashed", PartitionId{0}));
  append(*crashed, kBatches, kBatches + 100);
  report(folder, "closed-0", *must(set->find("closed", PartitionId{0})));
  report(folder, "crashed-0", *crashed);
  report(folder, "compacted-0", *must(set->find("compacted", PartitionId{0})));
  report(folder, "transactions-0", *must(set->find("transactions", PartitionId{0})));
  must(set->close());
}

}  // namespace
}  // namespace daybook

int main(int count, char** arguments) {
  if (count != 2) daybook::give_up("usage: log_writer FOLDER");
  daybook::run(arguments[1]);
  return 0;
}
