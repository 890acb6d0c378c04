// Partitions with their journal over a disk that fails as badly as a disk may
// (io/faulty_file_system.h), against a model that knows what was promised. Each seed is a story of
// a few lives: appends by plain, idempotent and transactional producers, commits directly and
// through the journal, its settling, reads, rolls, deleted records, retention, compaction, topics
// that are deleted and made anew, clean restarts, injected faults and a full disk, until the power
// fails at a random change, which may be in the middle of a write, of a roll, of a checkpoint or of
// recovery itself. After each restart:
//   - every acknowledged record, and every record that somebody has read, is there, unless it was
//     deleted or retention took it;
//   - what was deleted has not come back, and retention took no more than it may;
//   - what is there is what was appended, in that order, at its offset, nothing twice, and with no
//     gap but those that compaction may leave: the last record of each key is there, and so is all
//     that compaction has not reached; what it took does not come back;
//   - an idempotent producer that sends its last batches again gets duplicates for those that are
//     there, at their old offsets, and appends the others;
//   - a transactional producer finds the transaction open whose records are there and whose marker
//     is not, committed records end where it begins, and no aborted record is among them.
//
// DAYBOOK_CRASH_SEED=n runs one seed; DAYBOOK_CRASH_SEEDS=n that many. The default costs about 15
// seconds of a processor.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/random.h"
#include "base/report.h"
#include "io/clock.h"
#include "io/faulty_file_system.h"
#include "log/committer.h"
#include "log/crash_model.h"
#include "log/partition_set.h"

namespace daybook::log {
namespace {

using io::FaultyFileSystem;
using Operation = FaultyFileSystem::Operation;

constexpr std::uint64_t kDefaultSeeds = 10'000;
constexpr int kLives = 4;
constexpr std::uint64_t kMaxOperationsPerLife = 80;
constexpr std::uint64_t kMaxRecoveriesInARow = 50;
constexpr const char* kFolder = "data/log";

class Story {
 public:
  explicit Story(std::uint64_t seed) : random_(seed), fs_(seed), os_(seed % 8 == 7), seed_(seed) {
    config_.compacts = seed % 3 == 1;
    config_.min_dirty_ratio = 0;
    config_.delete_retention_ms = std::chrono::milliseconds(random_.below(2000));
    config_.segment_bytes = static_cast<std::uint32_t>(4200 + random_.below(6000));
    if (config_.compacts)
      config_.segment_bytes = static_cast<std::uint32_t>(1100 + random_.below(2000));
    config_.index_interval_bytes = static_cast<std::uint32_t>(100 + random_.below(600));
    config_.checkpoint_interval_bytes = 500 + random_.below(8000);
    journal_.file_bytes = kMinJournalFileBytes + 4096 * random_.below(8);
    journal_.max_files = 1 + random_.below(3);
    journal_.max_range_bytes = static_cast<std::uint32_t>(100 + random_.below(3000));
    const std::uint64_t partitions = 1 + random_.below(6);
    for (std::uint64_t i = 0; i < partitions; ++i) {
      model_.emplace_back().name = {"t", PartitionId{static_cast<std::int32_t>(i)}};
    }
  }

  // What recovery took from the journal.
  std::uint64_t completed_bytes() const { return completed_bytes_; }

  void run() {
    open_set();
    for (int life = 0; life < kLives && !testing::Test::HasFailure(); ++life) {
      if (!random_.one_in(8)) fs_.crash_after(1 + random_.below(150));
      const std::uint64_t operations = 1 + random_.below(kMaxOperationsPerLife);
      for (std::uint64_t i = 0; i < operations && fs_.powered() && any_is_there(); ++i) {
        operate();
        if (testing::Test::HasFailure()) return;
      }
      if (!random_.one_in(4)) fs_.crash();
      restart();
    }
  }

 private:
  Partition& real(const ModelPartition& model) {
    return *set_->find(model.name.topic, model.name.partition).value();
  }
  // One that is there.
  ModelPartition& any() {
    const std::size_t first = random_.below(model_.size());
    for (std::size_t i = 0;; ++i) {
      ModelPartition& partition = model_[(first + i) % model_.size()];
      if (!partition.missing) return partition;
    }
  }
  bool any_is_there() const {
    return std::ranges::any_of(model_, [](const auto& partition) { return !partition.missing; });
  }

  void operate() {
    if (recreates_ && random_.one_in(25)) return recreate(any());
    if (config_.compacts && random_.one_in(12)) return compact(any());
    const std::uint64_t dice = random_.below(100);
    if (dice < 40) return append_any(any());
    if (dice < 50) return end_transaction(any());
    if (dice < 72) return committer_.commit_pending();
    if (dice < 75) return committer_.settle_pending();
    if (dice < 85) return read(any());
    if (dice < 88) return send_again(any());
    if (dice < 90) return delete_records(any());
    if (dice < 92) return enforce_retention(any());
    if (dice < 94) return restart();
    if (dice < 95) return fs_.fail_after(Operation::kSync, 1 + random_.below(8));
    if (dice < 96) return fs_.fail_after(Operation::kWrite, 1 + random_.below(8));
    if (dice < 97) return fs_.limit_space(random_.below(60'000));
    if (dice < 98) return fs_.fail_after(Operation::kName, 1 + random_.below(8));
    if (dice < 99) return fs_.heal();
    clock_.advance(std::chrono::milliseconds(random_.below(1000)));
  }

  void append_any(ModelPartition& partition) {
    std::vector<BatchSpec> specs{any_batch()};
    if (random_.one_in(3)) {
      specs[0].producer = kTransactional;
      specs[0].sequence = partition.transactions().next_sequence;
      specs[0].transactional = true;
    } else if (random_.one_in(2) && partition.may_send()) {
      specs[0].producer = kIdempotent;
      specs[0].sequence = partition.next_sequence;
    }
    // More that come with it: the same producer's next, or somebody else's.
    for (std::uint64_t more = random_.one_in(3) ? 1 + random_.below(4) : 0; more > 0; --more) {
      BatchSpec next = any_batch();
      if (specs.back().transactional && specs.back().sequence > 0 && random_.one_in(2)) {
        next.producer = kTransactional;
        next.sequence =
            specs.back().sequence + static_cast<std::int32_t>(specs.back().values.size());
        next.transactional = true;
      }
      specs.push_back(std::move(next));
    }
    append(partition, std::move(specs));
  }

  BatchSpec any_batch() {
    BatchSpec spec;
    const std::uint64_t records = 1 + random_.below(4);
    for (std::uint64_t i = 0; i < records; ++i) {
      const bool large = !config_.compacts && random_.one_in(6);
      const std::size_t size = large ? random_.below(900) : random_.below(60);
      spec.values.push_back(std::to_string(counter_++) + std::string(size, 'x'));
      if (!config_.compacts) continue;
      spec.keys.push_back("k" + std::to_string(random_.below(8)));
      if (random_.one_in(5)) spec.tombstone = spec.values.back();
    }
    spec.timestamp_ms = static_cast<std::int64_t>(1000 + random_.below(100'000));
    return spec;
  }

  void append(ModelPartition& partition, std::vector<BatchSpec> specs) {
    std::vector<Bytes> batches;
    for (const BatchSpec& spec : specs) batches.push_back(make_batch(spec));
    const std::vector<BytesView> views(batches.begin(), batches.end());
    const auto results = real(partition).append_all(views);
    const bool had_stopped = partition.stopped;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      take_note(partition, std::move(specs[i]), results[i], had_stopped);
    }
  }

  void take_note(ModelPartition& partition, BatchSpec spec, const AppendResult& appended,
                 bool had_stopped) {
    const Offset base{static_cast<std::int64_t>(partition.written.size())};
    if (!appended) {
      const AppendFault fault = appended.error().fault;
      if (fault == AppendFault::kNoSpace && fs_.powered()) return;
      // Behind one that there was no space for, its producer's next is out of order.
      if (fault == AppendFault::kOutOfOrderSequence && spec.transactional) return;
      ASSERT_TRUE(fault == AppendFault::kNoSpace || fault == AppendFault::kStorage)
          << appended.error().message;
      partition.stopped = true;
      // It may be on the disk all the same: nobody was told.
      if (!had_stopped) partition.take_down(std::move(spec), base);
      return;
    }
    ASSERT_FALSE(appended->duplicate);
    ASSERT_EQ(appended->base, base);
    const Offset end = appended->end;
    partition.take_down(std::move(spec), base);
    const int made = partition.made;
    real(partition).when_durable(end, [this, &partition, end, made](const Status& status) {
      if (status && !os_ && made == partition.made) partition.promise(end);
    });
  }

  void end_transaction(ModelPartition& partition) {
    if (partition.stopped || !partition.transactions().open) return;
    const bool commits = random_.one_in(2);
    const auto result =
        commits ? wire::TransactionResult::kCommit : wire::TransactionResult::kAbort;
    const auto appended = real(partition).append_marker(end_of(kTransactional, result));
    if (!appended && appended.error().fault == AppendFault::kNoSpace && fs_.powered()) return;
    partition.written.emplace_back(commits ? kCommitMarker : kAbortMarker);
    partition.keys.emplace_back();
    partition.gone.push_back(false);
    partition.transactional.push_back(true);
    if (!appended) {
      ASSERT_TRUE(appended.error().fault == AppendFault::kNoSpace ||
                  appended.error().fault == AppendFault::kStorage)
          << appended.error().message;
      partition.stopped = true;
    }
  }

  void read(ModelPartition& partition) {
    const auto held = partition.written.size() - static_cast<std::size_t>(partition.start.value);
    const Offset from = partition.start + static_cast<std::int64_t>(random_.below(held + 1));
    const auto result = real(partition).read(from, 1 + random_.below(3000), true);
    if (!fs_.powered()) return;
    if (!result) {
      // A batch that failed to be appended is in the model, but not in the log; and deleting may
      // have failed after it was done.
      ASSERT_TRUE((partition.stopped || from < partition.start_at_most) &&
                  result.error().code == ErrorCode::kNotFound)
          << result.error().message;
      return;
    }
    for (const ReadRecord& record : records_of(result->batches)) {
      ASSERT_LT(record.offset, result->high_watermark);
      ASSERT_EQ(record.value, partition.written[static_cast<std::size_t>(record.offset.value)]);
    }
    if (!os_) partition.promise(result->high_watermark);
    if (!partition.stopped) read_committed_from(partition, from);
  }

  // Markers that are appended and not yet durable decide nothing yet.
  void read_committed_from(ModelPartition& partition, Offset from) {
    const auto result =
        real(partition).read(from, 1 + random_.below(3000), true, Isolation::kCommitted);
    if (!fs_.powered()) return;
    ASSERT_TRUE(result.has_value()) << result.error().message;
    const Transactions known = partition.transactions();
    for (const ReadRecord& record : committed_of(*result)) {
      ASSERT_LT(record.offset, result->last_stable);
      ASSERT_EQ(std::ranges::count(known.committed, record), 1) << "aborted or undecided";
    }
    const Offset end{static_cast<std::int64_t>(partition.written.size())};
    if (result->high_watermark == end) {
      const auto open = static_cast<std::int64_t>(known.open.value_or(partition.written.size()));
      ASSERT_EQ(result->last_stable, std::max(Offset{open}, result->log_start));
    }
  }

  void delete_records(ModelPartition& partition) {
    const Offset end = real(partition).high_watermark();
    const auto held = static_cast<std::uint64_t>(end - partition.start);
    const Offset before = partition.start + static_cast<std::int64_t>(random_.below(held + 1));
    partition.start_at_most = std::max(partition.start_at_most, before);
    if (real(partition).delete_records(before)) partition.take_note_of_start(before);
  }

  void enforce_retention(ModelPartition& partition) {
    PartitionConfig config = config_;
    config.retention_bytes = random_.below(4) * config.segment_bytes;
    real(partition).configure(config);
    const Offset before = real(partition).log_start();
    partition.start_at_most = std::max(partition.start_at_most, real(partition).high_watermark());
    const auto reclaimed = real(partition).enforce_retention();
    if (!reclaimed || !fs_.powered()) return;
    const Offset after = real(partition).log_start();
    if (after > before) {
      const auto size = real(partition).size_bytes();
      ASSERT_TRUE(size || !fs_.powered());
      if (!size) return;
      ASSERT_GE(*size, *config.retention_bytes) << "retention took too much";
    }
    partition.take_note_of_start(after);
  }

  void compact(ModelPartition& partition) {
    // Retention has left settings of its own.
    real(partition).configure(config_);
    partition.compacted_at_most =
        std::max(partition.compacted_at_most, real(partition).high_watermark().value);
    const std::atomic<bool> stop = false;
    const auto compacted = real(partition).compact({400 + random_.below(4000), stop});
    ASSERT_TRUE(compacted || compacted.error().code != ErrorCode::kCorrupt)
        << compacted.error().message;
  }

  void send_again(ModelPartition& partition) {
    if (partition.recent.empty() || partition.stopped) return;
    const SentBatch& batch = partition.recent[random_.below(partition.recent.size())];
    const auto again = real(partition).append(make_batch(batch.spec));
    if (!again && again.error().fault == AppendFault::kStorage) return;  // stopped meanwhile
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->base, batch.base);
    EXPECT_EQ(again->end, batch.end);
  }

  // The topic is deleted, and one of its name made. That it is to be so is durable, in the catalog.
  void recreate(ModelPartition& partition) {
    partition.leaving = partition.missing = true;
    follow_the_catalog(partition);
  }

  void follow_the_catalog(ModelPartition& partition) {
    const auto& [topic, number] = partition.name;
    if (partition.leaving && set_->find(topic, number) && !set_->remove(topic, number)) return;
    if (partition.leaving) {
      ModelPartition anew;
      anew.name = partition.name;
      anew.made = partition.made + 1;
      partition = std::move(anew);
    }
    if (!partition.missing) return;
    // It may have been made, and nobody told.
    partition.missing =
        !set_->find(topic, number) && !set_->create(topic, number, random_uuid(), config_);
  }

  // Ends this life, by a clean close if the power is on, and begins the next one.
  void restart() {
    if (fs_.powered() && random_.one_in(2)) {
      const bool closed = set_->close().has_value();
      for (ModelPartition& partition : model_) {
        if (closed && !partition.stopped && !partition.missing && fs_.powered()) {
          partition.promise(Offset{static_cast<std::int64_t>(partition.written.size())});
        }
      }
    }
    committer_.commit_pending();
    set_.reset();
    for (std::uint64_t attempt = 0;; ++attempt) {
      ASSERT_LT(attempt, kMaxRecoveriesInARow);
      fs_.power_on();
      fs_.heal();
      if (random_.one_in(4)) fs_.crash_after(1 + random_.below(40));
      open_set();
      if (fs_.powered()) break;
    }
    if (set_) check_all();
  }

  void open_set() {
    auto opened =
        PartitionSet::open(fs_, clock_, committer_, kFolder, config_,
                           os_ ? Durability::kOs : Durability::kFsync, journal_, max_scan_bytes_);
    if (!fs_.powered()) return;
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    set_ = *std::move(opened);
    for (const std::string& note : set_->journal_notes()) ADD_FAILURE() << note;
    for (const OpenedPartition& partition : set_->opened()) {
      ASSERT_TRUE(partition.status.has_value()) << partition.status.error().message;
      completed_bytes_ += partition.report.completed_bytes;
    }
    for (ModelPartition& partition : model_) {
      const auto& [topic, number] = partition.name;
      ASSERT_TRUE(partition.missing || set_->find(topic, number)) << "a partition is lost";
      follow_the_catalog(partition);
      ASSERT_TRUE(!partition.missing || !fs_.powered());
    }
  }

  void check_all() {
    for (ModelPartition& partition : model_) {
      check(partition);
      if (testing::Test::HasFailure() || !fs_.powered()) return;
    }
  }

  void check(ModelPartition& partition) {
    const Offset start = real(partition).log_start();
    EXPECT_GE(start, partition.start) << "deleted records have come back";
    EXPECT_LE(start, partition.start_at_most) << "records were deleted that nobody wanted deleted";
    partition.start = partition.start_at_most = start;
    const auto records = read_all(real(partition), start, 1 + random_.below(4000));
    const std::int64_t end = real(partition).log_end().value;
    EXPECT_GE(end, partition.promised) << "promised records are lost";
    ASSERT_LE(end, static_cast<std::int64_t>(partition.written.size()));
    partition.resize(static_cast<std::size_t>(end));
    check_records(partition, records);
    if (testing::Test::HasFailure()) return;
    partition.stopped = false;
    check_transactions(partition);
    if (!os_) partition.promised = end;
    if (os_) partition.promised = std::min(partition.promised, end);

    // The producer sends again what it got no answer for.
    std::vector<BatchSpec> lost;
    std::erase_if(partition.recent, [&](SentBatch& batch) {
      if (batch.end.value <= end) return false;
      lost.push_back(std::move(batch.spec));
      return true;
    });
    if (!lost.empty()) partition.next_sequence = lost.front().sequence;
    for (BatchSpec& spec : lost) {
      if (!fs_.powered() || partition.stopped) return;
      append(partition, {std::move(spec)});
      if (testing::Test::HasFailure()) return;
    }
  }

  static void check_records(ModelPartition& partition, const std::vector<ReadRecord>& records) {
    const std::vector<bool> may_be_gone = partition.may_be_gone();
    auto record = records.begin();
    for (auto i = static_cast<std::size_t>(partition.start.value); i < partition.written.size();
         ++i) {
      if (record != records.end() && record->offset.value == static_cast<std::int64_t>(i)) {
        ASSERT_EQ(record->value, partition.written[i]);
        ASSERT_EQ(record->key, partition.keys[i]);
        ASSERT_FALSE(partition.gone[i]) << "a record came back at offset " << i;
        ++record;
        continue;
      }
      ASSERT_TRUE(may_be_gone[i]) << "no record at offset " << i;
      partition.gone[i] = true;
    }
    ASSERT_EQ(record, records.end()) << "a record at offset " << record->offset.value;
  }

  void check_transactions(ModelPartition& partition) {
    Transactions known = partition.transactions();
    const Offset stable{static_cast<std::int64_t>(known.open.value_or(partition.written.size()))};
    EXPECT_EQ(real(partition).last_stable_offset(), std::max(stable, partition.start));
    EXPECT_EQ(real(partition).open_transactions().size(), known.open ? 1u : 0u);
    std::erase_if(known.committed, [&](const ReadRecord& record) {
      return record.offset < partition.start ||
             partition.gone[static_cast<std::size_t>(record.offset.value)];
    });
    EXPECT_EQ(read_committed(real(partition), partition.start, 1 + random_.below(4000)),
              known.committed);
  }

  Random random_;
  FaultyFileSystem fs_;
  io::ManualClock clock_{TimestampMs{1'000'000}};
  Committer committer_{0};
  PartitionConfig config_;
  JournalConfig journal_;
  std::uint64_t completed_bytes_ = 0;
  bool os_;
  std::uint64_t seed_;
  bool recreates_ = seed_ % 7 == 6;
  std::uint64_t max_scan_bytes_ = seed_ % 5 == 4 ? 1000 + seed_ % 7000 : kMaxScanBytes;
  std::uint64_t counter_ = 0;
  std::vector<ModelPartition> model_;
  std::unique_ptr<PartitionSet> set_;
};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// Stories that found something, with what they found. They are told in every run; a new operation
// makes others of them, so that what was found has a test of its own as well.
constexpr std::array<std::uint64_t, 5> kTelling{
    4742,   // entries of a cut .txnindex came back after a crash, below a checkpoint
    198,    // a log start that was read, but whose name was not synced, went back after a crash
    5833,   // a refused append, taken back by an unsynced truncation, came back after a crash
    18562,  // ... and the same where the journal had another
    445,    // a journal file whose name was not synced was used, and gone after a crash
};

// How many bytes recovery took from the journal.
std::uint64_t tell(std::uint64_t seed) {
  SCOPED_TRACE("DAYBOOK_CRASH_SEED=" + std::to_string(seed));
  Story story(seed);
  story.run();
  return story.completed_bytes();
}

TEST(Crash, NoPromisedRecordIsLostOrMovedOrRepeated) {
  const bool one = std::getenv("DAYBOOK_CRASH_SEED") != nullptr;
  const std::uint64_t first = number_from_environment("DAYBOOK_CRASH_SEED", 0);
  const std::uint64_t count =
      one ? 1 : number_from_environment("DAYBOOK_CRASH_SEEDS", kDefaultSeeds);
  const ScopedReportSink quiet([](Severity, std::string_view, std::string_view) {});
  if (!one) std::ranges::for_each(kTelling, tell);
  std::uint64_t completed = 0;
  for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    if (tell(seed) > 0) ++completed;
  }
  std::printf("the journal completed segments in %llu of %llu stories\n",
              static_cast<unsigned long long>(completed), static_cast<unsigned long long>(count));
  if (!one) {
    EXPECT_GT(completed, count / 20);
  }
}

}  // namespace
}  // namespace daybook::log
