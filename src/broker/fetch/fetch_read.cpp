#include "broker/fetch/fetch_read.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/report.h"
#include "broker/fetch/stored_records.h"
#include "broker/limits.h"
#include "broker/memory_budget.h"

namespace daybook::broker {
namespace {

constexpr std::int8_t kReadCommitted = 1;

KafkaError error_of(const Error& error) {
  if (error.code == ErrorCode::kNotFound) return KafkaError::kOffsetOutOfRange;
  // Closed: its topic is being deleted.
  if (error.code == ErrorCode::kUnavailable) return KafkaError::kNotLeaderOrFollower;
  report(Severity::kError, "broker", error.message);
  return KafkaError::kKafkaStorageError;
}

PartitionRead refuse(PartitionRead read, KafkaError error) {
  read.answer.error_code = error;
  return read;
}

bool has_records(const log::Partition& log, Offset from, bool committed) {
  return from >= log.log_start() &&
         from < (committed ? log.last_stable_offset() : log.high_watermark());
}

}  // namespace

FetchLimits limits_of(const wire::FetchRequest& request) {
  const auto asked = static_cast<std::size_t>(std::max(request.max_bytes, 0));
  return {.max_bytes = std::min(asked, kMaxFetchBytes),
          .isolation = request.isolation_level == kReadCommitted ? log::Isolation::kCommitted
                                                                 : log::Isolation::kUncommitted};
}

FetchLimits FetchLimits::within(const MemoryBudget& memory) const {
  FetchLimits now = *this;
  const std::size_t left_bytes = memory.left_bytes();
  now.no_memory = left_bytes == 0;
  now.max_bytes = std::min(max_bytes, std::max(left_bytes / kFetchShareOfMemory, kLeastFetchBytes));
  return now;
}

FetchReader::FetchReader(const FetchLimits& limits, io::Patience patience)
    : limits_(limits), patience_(patience), left_bytes_(limits.max_bytes) {}

void FetchReader::add(std::size_t size_bytes) {
  if (size_bytes > 0) is_empty_ = false;
  left_bytes_ -= std::min(left_bytes_, size_bytes);
}

PartitionRead FetchReader::read(const TopicPtr& topic, KafkaError missing,
                                const wire::FetchRequest::Partition& asked) {
  PartitionRead read;
  wire::FetchResponse::Partition& answer = read.answer;
  answer.partition_index = asked.partition;
  answer.high_watermark = Offset{-1};
  answer.records.emplace();
  const bool committed = limits_.isolation == log::Isolation::kCommitted;
  if (committed) answer.aborted_transactions.emplace();
  if (topic == nullptr) return refuse(std::move(read), missing);
  const auto log = topic->partition(asked.partition, asked.current_leader_epoch);
  if (!log) return refuse(std::move(read), log.error());
  const bool nothing_fits = limits_.no_memory || (left_bytes_ == 0 && !is_empty_);
  if (nothing_fits && has_records(**log, asked.fetch_offset, committed)) {
    read.skipped = true;
    answer.high_watermark = (*log)->high_watermark();
    answer.last_stable_offset = (*log)->last_stable_offset();
    answer.log_start_offset = (*log)->log_start();
    return read;
  }
  const auto wanted = static_cast<std::size_t>(std::max(asked.partition_max_bytes, 0));
  const std::size_t fits = nothing_fits ? 0 : std::min(wanted, left_bytes_);
  const bool at_least_one = is_empty_ && !nothing_fits;
  const auto placement =
      StoredRecords::may_hold_more() ? log::Placement::kMayStay : log::Placement::kCopied;
  auto found =
      (*log)->read(asked.fetch_offset, fits, at_least_one, limits_.isolation, placement, patience_);
  read.on_disk = !found && found.error().code == ErrorCode::kTimedOut;
  if (read.on_disk) return read;
  if (!found) return refuse(std::move(read), error_of(found.error()));
  answer.high_watermark = found->high_watermark;
  answer.last_stable_offset = found->last_stable;
  answer.log_start_offset = found->log_start;
  const Offset end = committed ? found->last_stable : found->high_watermark;
  // Where no record can come any more nobody needs to wait, and would be woken at once.
  if ((*log)->health()) {
    read.place = topic->partitions[static_cast<std::size_t>(asked.partition.value)].value();
    read.isolation = limits_.isolation;
    read.seen_to = std::max(asked.fetch_offset, end);
  }
  read.size_bytes = found->size_bytes();
  if (read.size_bytes == 0) {
    read.skipped = !at_least_one && asked.fetch_offset < end;
    // The first whose records do not fit any more ends the answer: others are not looked up in
    // vain.
    if (read.skipped && fits < wanted) left_bytes_ = 0;
    return read;
  }
  if (committed) {
    for (const log::AbortedTransaction& aborted : found->aborted) {
      answer.aborted_transactions->push_back({aborted.producer, aborted.first});
    }
  }
  add(read.size_bytes);
  if (found->batches.empty()) {
    answer.records->push_back(
        {.bytes = {}, .elsewhere = std::make_shared<StoredRecords>(std::move(found->in_file))});
    return read;
  }
  const auto owner = std::make_shared<const Bytes>(std::move(found->batches));
  answer.records->push_back({*owner, owner});
  return read;
}

}  // namespace daybook::broker
