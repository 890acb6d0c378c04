// Appending: checking what came, assigning offsets, writing, rolling to a new segment.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "base/crc32c.h"
#include "base/random.h"
#include "log/disk_partition.h"
#include "log/file_names.h"
#include "wire/record_batch.h"

namespace daybook::log {
namespace {

// Base offset, length and leader epoch: the bytes of a batch that are not stored as they came.
constexpr std::size_t kPatchedBytes = wire::batch_layout::kMagicAt;

std::unexpected<AppendError> refuse(AppendFault fault, std::string message) {
  return std::unexpected(AppendError{fault, std::move(message)});
}

// Nothing: it may be appended.
std::optional<AppendResult> answer_of(ProducerTable::Checked checked) {
  using Answer = ProducerTable::Answer;
  switch (checked.answer) {
    case Answer::kAppend:
      return std::nullopt;
    case Answer::kDuplicate:
      return Appended{checked.base, checked.end, true};
    case Answer::kOutOfOrder:
      return refuse(AppendFault::kOutOfOrderSequence, std::move(checked.message));
    case Answer::kStaleEpoch:
      return refuse(AppendFault::kStaleEpoch, std::move(checked.message));
    case Answer::kInTransaction:
      return refuse(AppendFault::kInTransaction, std::move(checked.message));
    case Answer::kStaleCoordinator:
      return refuse(AppendFault::kStaleCoordinator, std::move(checked.message));
  }
  return std::nullopt;
}

}  // namespace

// What is to be written at once, with the offsets that it will have.
struct DiskPartition::Incoming {
  struct Batch {
    wire::BatchView view;
    Offset base;
  };
  std::vector<Batch> batches;
  std::uint64_t size_bytes = 0;
  Offset end;
  TimestampMs max_timestamp = kNoTimestamp;
  std::optional<TransactionEnd> marker;  // that is the only batch

  Appended appended() const { return {batches.front().base, end, false}; }
  // The last batch of the producer that `batch` has, if it has one.
  const wire::BatchView* last_before(const wire::BatchView& batch) const {
    if (!batch.has_producer()) return nullptr;
    for (const Batch& known : std::views::reverse(batches)) {
      if (known.view.producer_id() == batch.producer_id()) return &known.view;
    }
    return nullptr;
  }
  void add(const Incoming& next) {
    batches.insert(batches.end(), next.batches.begin(), next.batches.end());
    size_bytes += next.size_bytes;
    end = next.end;
    max_timestamp = std::max(max_timestamp, next.max_timestamp);
  }
};

std::vector<AppendResult> DiskPartition::append_all(std::span<const BytesView> appends) {
  std::vector<AppendResult> results(appends.size());
  const std::lock_guard appending(append_mutex_);
  Incoming together;
  std::vector<std::size_t> members;  // which of the appends it holds
  const auto write_together = [&] {
    if (members.empty()) return;
    if (const auto refused = append_checked(together)) {
      for (const std::size_t i : members) results[i] = std::unexpected(*refused);
    }
    members.clear();
    together = {};
  };
  for (std::size_t i = 0; i < appends.size(); ++i) {
    auto incoming = parse(appends[i], members.empty() ? written_.offset : together.end);
    if (incoming && !members.empty() && !may_join(*incoming, together)) {
      write_together();
      incoming = parse(appends[i], written_.offset);
    }
    if (auto refused = refusal()) {
      results[i] = std::unexpected(*std::move(refused));
    } else if (!incoming) {
      results[i] = std::unexpected(std::move(incoming).error());
    } else if (auto answer = check_producer(*incoming, together)) {
      results[i] = *std::move(answer);
    } else {
      results[i] = incoming->appended();
      together.add(*incoming);
      members.push_back(i);
    }
  }
  write_together();
  return results;
}

AppendResult DiskPartition::append_marker(const TransactionEnd& end) {
  const std::lock_guard appending(append_mutex_);
  if (auto refused = refusal()) return std::unexpected(*std::move(refused));
  if (auto answer = answer_of(producers_.check(end))) return *std::move(answer);
  const Bytes batch = wire::end_transaction_batch(
      end.marker,
      {.producer_id = end.producer, .producer_epoch = end.epoch, .timestamp = clock_.wall()});
  const wire::BatchView view(batch);
  Incoming incoming;
  incoming.batches.push_back({view, written_.offset});
  incoming.size_bytes = batch.size();
  incoming.end = written_.offset.next();
  incoming.max_timestamp = view.max_timestamp();
  incoming.marker = end;
  if (auto refused = append_checked(incoming)) return std::unexpected(*std::move(refused));
  return incoming.appended();
}

std::optional<AppendError> DiskPartition::refusal() const {
  const Status status = health();
  if (status) return std::nullopt;
  const bool closed = status.error().code == ErrorCode::kUnavailable;
  return AppendError{closed ? AppendFault::kClosed : AppendFault::kStorage, status.error().message};
}

std::optional<AppendError> DiskPartition::append_checked(const Incoming& incoming) {
  Status status;
  if (active_->is_full(incoming.size_bytes, incoming.end - 1, incoming.max_timestamp,
                       config_.segment_bytes, rolls_after())) {
    status = roll();
  } else if (active_->wants_index_flush()) {
    status = active_->flush_indexes(fs_);
  }
  if (status) status = write(incoming);
  if (!status) {
    if (status.error().code == ErrorCode::kNoSpace) {
      return AppendError{AppendFault::kNoSpace, status.error().message};
    }
    stop(status.error());
    return AppendError{AppendFault::kStorage, health().error().message};
  }
  publish_written(incoming);
  return std::nullopt;
}

std::expected<DiskPartition::Incoming, AppendError> DiskPartition::parse(BytesView batches,
                                                                         Offset base) const {
  Incoming incoming;
  incoming.end = base;
  incoming.size_bytes = batches.size();
  if (batches.size() > config_.segment_bytes) {
    return refuse(AppendFault::kTooLarge,
                  fmt::format("cannot append {} bytes to {}: a segment holds {} (segment.bytes)",
                              batches.size(), folder_, config_.segment_bytes));
  }
  bool has_producer = false;
  while (!batches.empty()) {
    const auto batch = wire::frame_batch(batches);
    if (!batch || batch->last_offset_delta() < 0 || batch->is_control()) {
      return refuse(AppendFault::kInvalid,
                    fmt::format("cannot append to {}: {}", folder_,
                                !batch                ? batch.error().message
                                : batch->is_control() ? "a control batch comes from the log alone"
                                                      : "a batch spans no offset"));
    }
    incoming.batches.push_back({*batch, incoming.end});
    incoming.end += std::int64_t{batch->last_offset_delta()} + 1;
    incoming.max_timestamp = std::max(incoming.max_timestamp, batch->max_timestamp());
    has_producer = has_producer || batch->has_producer();
    batches = batches.subspan(batch->size_bytes());
  }
  if (incoming.batches.empty() || (has_producer && incoming.batches.size() > 1)) {
    return refuse(AppendFault::kInvalid,
                  fmt::format("cannot append {} batches to {}: a batch with a producer id comes "
                              "alone, and there is at least one",
                              incoming.batches.size(), folder_));
  }
  return incoming;
}

std::optional<AppendResult> DiskPartition::check_producer(const Incoming& incoming,
                                                          const Incoming& before) const {
  const wire::BatchView& batch = incoming.batches.front().view;
  // Behind another one of its producer it was let in by may_join().
  if (!batch.has_producer() || before.last_before(batch) != nullptr) return std::nullopt;
  return answer_of(producers_.check(batch));
}

// Whether `incoming` goes into the segment that `before` is for, and would be let in behind it.
bool DiskPartition::may_join(const Incoming& incoming, const Incoming& before) const {
  if (active_->size_bytes() == 0 ||
      active_->is_full(before.size_bytes + incoming.size_bytes, incoming.end - 1,
                       std::max(before.max_timestamp, incoming.max_timestamp),
                       config_.segment_bytes, rolls_after())) {
    return false;
  }
  const wire::BatchView& batch = incoming.batches.front().view;
  const wire::BatchView* const last = before.last_before(batch);
  return last == nullptr || ProducerTable::follows(batch, *last);
}

// Partitions that were made together are not sealed together. The same segment has the same share.
std::chrono::milliseconds DiskPartition::rolls_after() const {
  auto after = config_.segment_ms;
  if (config_.compacts) after = std::min(after, config_.max_compaction_lag_ms.value_or(after));
  const auto most = std::min(config_.segment_jitter_ms, after).count();
  if (most <= 0) return after;
  const auto seed = crc32c(as_bytes(folder_)) + static_cast<std::uint64_t>(active_->base().value);
  return after - std::chrono::milliseconds(Random(seed).below(static_cast<std::uint64_t>(most)));
}

Status DiskPartition::roll() {
  DAYBOOK_TRY_VOID(active_->complete_indexes(fs_));
  const Offset base = written_.offset;
  DAYBOOK_TRY(auto next, ActiveSegment::create(fs_, folder_, base));
  unsynced_indexes_.push_back(active_->offsets().path());
  unsynced_indexes_.push_back(active_->times().path());
  const bool has_aborted = active_->aborted().has_file();
  if (has_aborted) unsynced_indexes_.push_back(active_->aborted().path());
  rolled_since_checkpoint_ = true;
  const std::lock_guard lock(mutex_);
  unsynced_logs_.push_back(active_->log());
  if (has_aborted) with_aborted_.insert(active_->base());
  folder_changed_ = true;
  segments_.push_back(base);
  active_ = std::move(next);
  written_ = {base, base, 0};
  return {};
}

Status DiskPartition::write(const Incoming& incoming) {
  std::vector<std::array<std::byte, kPatchedBytes>> patched(incoming.batches.size());
  std::vector<BytesView> parts;
  parts.reserve(2 * incoming.batches.size());
  for (std::size_t i = 0; i < incoming.batches.size(); ++i) {
    const BytesView bytes = incoming.batches[i].view.bytes();
    std::ranges::copy(bytes.first(kPatchedBytes), patched[i].begin());
    wire::set_base_offset(patched[i], incoming.batches[i].base);
    wire::set_leader_epoch(patched[i], leader_epoch_);
    parts.emplace_back(patched[i]);
    parts.push_back(bytes.subspan(kPatchedBytes));
  }
  const std::uint32_t end = active_->size_bytes();
  const Status written = active_->log()->write_at(end, parts);
  if (written) return {};
  // A part may be there. What is left of it must not be found behind a shorter append later.
  // Synced, or a later crash could bring back what was refused.
  Status cut = active_->log()->truncate(end);
  if (cut) cut = active_->log()->sync();
  if (!cut) {
    return fail(ErrorCode::kIo, fmt::format("{}; and taking it back: {}", written.error().message,
                                            cut.error().message));
  }
  return written;
}

std::vector<Offset> DiskPartition::record_batches(const Incoming& incoming) {
  std::vector<Offset> begun;
  for (const auto& [batch, base] : incoming.batches) {
    if (!batch.has_producer() || incoming.marker) continue;
    if (producers_.record(batch, base, clock_.wall())) begun.push_back(base);
  }
  return begun;
}

std::optional<Offset> DiskPartition::record_marker(const Incoming& incoming) {
  if (!incoming.marker) return std::nullopt;
  const auto ended = producers_.record(*incoming.marker, clock_.wall());
  if (ended && incoming.marker->marker.result == wire::TransactionResult::kAbort) {
    const Offset base = incoming.batches.front().base;
    active_->add_aborted(
        {incoming.marker->producer, *ended, base, producers_.first_open().value_or(base.next())});
  }
  return ended;
}

void DiskPartition::publish_written(const Incoming& incoming) {
  for (const Incoming::Batch& batch : incoming.batches) {
    const auto size = static_cast<std::uint32_t>(batch.view.size_bytes());
    active_->add(batch.view, batch.base, size, config_.index_interval_bytes);
  }
  const std::vector<Offset> begun = record_batches(incoming);
  const std::optional<Offset> ended = record_marker(incoming);
  since_checkpoint_.add(incoming.size_bytes);
  Callbacks callbacks;
  {
    const std::lock_guard lock(mutex_);
    const std::uint32_t end = active_->size_bytes();
    checked_[active_->base()].add(end - static_cast<std::uint32_t>(incoming.size_bytes), end);
    written_ = {incoming.end, active_->base(), end};
    if (ended) undecided_.end(*ended, incoming.end - 1);
    for (const Offset first : begun) undecided_.begin(first);
    if (durability_ == Durability::kOs) callbacks = take_ready();
  }
  wants_checkpoint_ = rolled_since_checkpoint_ || since_checkpoint_.is_due() ||
                      since_checkpoint_.bytes() >= config_.checkpoint_interval_bytes;
  if (durability_ == Durability::kFsync || wants_checkpoint_) committer_.submit(shared_from_this());
  callbacks.call();
}

}  // namespace daybook::log
