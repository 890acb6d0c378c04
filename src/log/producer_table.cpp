#include "log/producer_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "base/crc32c.h"
#include "base/endian.h"
#include "wire/record_batch.h"

namespace daybook::log {
namespace {

// Kafka's ProducerSnapshot, version 1: int16 version, uint32 CRC-32C of what follows it, int32
// count, and rows of fixed size.
constexpr std::int16_t kVersion = 1;
constexpr std::size_t kSnapshotCrcAt = 2;
constexpr std::size_t kCountAt = 6;
constexpr std::size_t kRowsAt = 10;
constexpr std::size_t kRowBytes = 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8;
constexpr std::int64_t kNoTransaction = -1;

constexpr std::int32_t kMaxSequence = std::numeric_limits<std::int32_t>::max();

std::int32_t sequence_after(std::int32_t sequence) {
  return sequence == kMaxSequence ? 0 : sequence + 1;
}
// The sequence `delta` before `last`, going round.
std::int32_t sequence_before(std::int32_t last, std::int32_t delta) {
  const std::int64_t first = std::int64_t{last} - delta;
  return static_cast<std::int32_t>(first >= 0 ? first : first + kMaxSequence + 1);
}

template <class T>
void put(Bytes& to, T value) {
  to.resize(to.size() + sizeof(T));
  store_be(to.data() + to.size() - sizeof(T), value);
}

template <class T>
T take(const std::byte*& from) {
  const T value = load_be<T>(from);
  from += sizeof(T);
  return value;
}

}  // namespace

void ProducerTable::Producer::add(const Batch& batch) {
  if (count == batches.size()) {
    std::ranges::move(batches.begin() + 1, batches.end(), batches.begin());
    --count;
  }
  batches[count++] = batch;
}

void ProducerTable::Producer::begin_epoch(ProducerEpoch next) {
  if (epoch != next) count = 0;
  epoch = next;
}

ProducerTable::Checked ProducerTable::check(const wire::BatchView& batch) const {
  const auto found = producers_.find(batch.producer_id());
  if (found == producers_.end()) return {Answer::kAppend, {}, {}, {}};
  const Producer& producer = found->second;
  Checked checked = check_sequence(batch, producer);
  if (checked.answer == Answer::kAppend && producer.transaction && !batch.is_transactional()) {
    return {Answer::kInTransaction,
            {},
            {},
            fmt::format("producer {} (epoch {}) has a transaction open since offset {}, and sends "
                        "records that are not part of it",
                        batch.producer_id().value, batch.producer_epoch().value,
                        producer.transaction->value)};
  }
  return checked;
}

ProducerTable::Checked ProducerTable::check_sequence(const wire::BatchView& batch,
                                                     const Producer& producer) const {
  const ProducerEpoch epoch = batch.producer_epoch();
  const std::int32_t first = batch.base_sequence();
  if (epoch < producer.epoch) {
    return {Answer::kStaleEpoch,
            {},
            {},
            fmt::format("producer {} writes with epoch {}, but epoch {} has written since",
                        batch.producer_id().value, epoch.value, producer.epoch.value)};
  }
  if (epoch > producer.epoch) {
    if (first == 0) return {Answer::kAppend, {}, {}, {}};
    return {Answer::kOutOfOrder,
            {},
            {},
            fmt::format("producer {} begins epoch {} with sequence {} instead of 0",
                        batch.producer_id().value, epoch.value, first)};
  }
  for (std::size_t i = 0; i < producer.count; ++i) {
    const Batch& known = producer.batches[i];
    if (known.first_sequence == first && known.last_sequence == batch.last_sequence()) {
      return {Answer::kDuplicate, known.base, known.last.next(), {}};
    }
  }
  const std::int32_t expected = sequence_after(producer.last_sequence());
  if (first == expected) return {Answer::kAppend, {}, {}, {}};
  return {Answer::kOutOfOrder,
          {},
          {},
          fmt::format("producer {} (epoch {}) sends sequence {} where {} is next",
                      batch.producer_id().value, epoch.value, first, expected)};
}

bool ProducerTable::follows(const wire::BatchView& batch, const wire::BatchView& before) {
  return batch.producer_id() == before.producer_id() &&
         batch.producer_epoch() == before.producer_epoch() &&
         batch.is_transactional() == before.is_transactional() &&
         batch.base_sequence() == sequence_after(before.last_sequence());
}

bool ProducerTable::record(const wire::BatchView& batch, Offset base, TimestampMs now) {
  Producer& producer = producers_[batch.producer_id()];
  producer.begin_epoch(batch.producer_epoch());
  producer.last_seen = now;
  producer.add(
      {batch.base_sequence(), batch.last_sequence(), base, base + batch.last_offset_delta()});
  const bool opens = batch.is_transactional() && !producer.transaction;
  if (opens) {
    producer.transaction = base;
    open_.insert(base);
  }
  bound_size();
  return opens;
}

ProducerTable::Checked ProducerTable::check(const TransactionEnd& end) const {
  const auto found = producers_.find(end.producer);
  if (found == producers_.end()) return {Answer::kAppend, {}, {}, {}};
  const Producer& producer = found->second;
  if (end.epoch < producer.epoch) {
    return {Answer::kStaleEpoch,
            {},
            {},
            fmt::format("a marker ends the transaction of producer {} with epoch {}, but epoch {} "
                        "has written since",
                        end.producer.value, end.epoch.value, producer.epoch.value)};
  }
  if (end.marker.coordinator_epoch < producer.coordinator_epoch) {
    return {
        Answer::kStaleCoordinator,
        {},
        {},
        fmt::format("coordinator {} ends the transaction of producer {}, but coordinator {} "
                    "has written since",
                    end.marker.coordinator_epoch, end.producer.value, producer.coordinator_epoch)};
  }
  return {Answer::kAppend, {}, {}, {}};
}

std::optional<Offset> ProducerTable::record(const TransactionEnd& end, TimestampMs now) {
  Producer& producer = producers_[end.producer];
  producer.begin_epoch(end.epoch);
  producer.last_seen = now;
  producer.coordinator_epoch = end.marker.coordinator_epoch;
  const auto ended = std::exchange(producer.transaction, std::nullopt);
  if (ended) open_.erase(*ended);
  bound_size();
  return ended;
}

std::optional<Offset> ProducerTable::first_open() const {
  return open_.empty() ? std::nullopt : std::optional(*open_.begin());
}

std::vector<ProducerState> ProducerTable::states(bool only_open) const {
  std::vector<ProducerState> states;
  if (only_open && open_.empty()) return states;
  for (const auto& [id, producer] : producers_) {
    if (only_open && !producer.transaction) continue;
    states.push_back({id, producer.epoch, producer.last_sequence(), producer.coordinator_epoch,
                      producer.last_seen, producer.transaction});
  }
  return states;
}

void ProducerTable::expire(TimestampMs now, std::chrono::milliseconds expiry) {
  std::erase_if(producers_, [&](const auto& entry) {
    return !entry.second.transaction && now.value - entry.second.last_seen.value >= expiry.count();
  });
}

std::unordered_map<ProducerId, ProducerTable::End> ProducerTable::ends() const {
  std::unordered_map<ProducerId, End> ends;
  for (const auto& [id, producer] : producers_) {
    const bool any = producer.count > 0;
    ends.emplace(
        id, End{producer.epoch,
                any ? std::optional(producer.batches[producer.count - 1U].last) : std::nullopt});
  }
  return ends;
}

void ProducerTable::bound_size() {
  if (producers_.size() <= kMaxProducersPerPartition) return;
  std::vector<TimestampMs> times;
  times.reserve(producers_.size());
  for (const auto& [id, producer] : producers_) times.push_back(producer.last_seen);
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  // All as old as each other: any half will do.
  std::size_t left = times.size() / 2;
  std::erase_if(producers_, [&](const auto& entry) {
    if (left == 0 || entry.second.last_seen > *middle || entry.second.transaction) return false;
    --left;
    return true;
  });
}

Bytes ProducerTable::snapshot() const {
  static constexpr Batch kNoBatch{-1, -1, Offset{-1}, Offset{-1}};
  Bytes bytes(kRowsAt);
  std::int32_t rows = 0;
  for (const auto& [id, producer] : producers_) {
    // Who has written nothing but markers has one row as well.
    for (std::size_t i = 0; i < std::max<std::size_t>(producer.count, 1); ++i, ++rows) {
      const Batch& batch = producer.count == 0 ? kNoBatch : producer.batches[i];
      put(bytes, id.value);
      put(bytes, producer.epoch.value);
      put(bytes, batch.last_sequence);
      put(bytes, batch.last.value);
      put(bytes, static_cast<std::int32_t>(batch.last - batch.base));
      put(bytes, producer.last_seen.value);
      put(bytes, producer.coordinator_epoch);
      put(bytes, producer.transaction ? producer.transaction->value : kNoTransaction);
    }
  }
  store_be(bytes.data(), kVersion);
  store_be(bytes.data() + kCountAt, rows);
  store_be(bytes.data() + kSnapshotCrcAt, crc32c(BytesView(bytes).subspan(kCountAt)));
  return bytes;
}

Result<ProducerTable> ProducerTable::from_snapshot(BytesView bytes) {
  if (bytes.size() < kRowsAt) {
    return fail(ErrorCode::kCorrupt, fmt::format("a producer snapshot of {} bytes", bytes.size()));
  }
  const auto version = load_be<std::int16_t>(bytes.data());
  if (version != kVersion) {
    return fail(ErrorCode::kCorrupt, fmt::format("a producer snapshot of version {}", version));
  }
  const auto stated = load_be<std::uint32_t>(bytes.data() + kSnapshotCrcAt);
  if (const std::uint32_t computed = crc32c(bytes.subspan(kCountAt)); stated != computed) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("a producer snapshot with CRC {:08x} whose bytes give {:08x}", stated,
                            computed));
  }
  const auto count = load_be<std::int32_t>(bytes.data() + kCountAt);
  if (count < 0 || (bytes.size() - kRowsAt) / kRowBytes != static_cast<std::size_t>(count) ||
      (bytes.size() - kRowsAt) % kRowBytes != 0) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("a producer snapshot of {} rows in {} bytes", count, bytes.size()));
  }
  ProducerTable table;
  const std::byte* at = bytes.data() + kRowsAt;
  for (std::int32_t row = 0; row < count; ++row) {
    const ProducerId id{take<std::int64_t>(at)};
    const ProducerEpoch epoch{take<std::int16_t>(at)};
    const auto last_sequence = take<std::int32_t>(at);
    const Offset last{take<std::int64_t>(at)};
    const auto delta = take<std::int32_t>(at);
    const TimestampMs seen{take<std::int64_t>(at)};
    const auto coordinator_epoch = take<std::int32_t>(at);
    const Offset transaction{take<std::int64_t>(at)};
    Producer& producer = table.producers_[id];
    producer.begin_epoch(epoch);
    producer.last_seen = seen;
    producer.coordinator_epoch = coordinator_epoch;
    if (transaction.value >= 0) {
      producer.transaction = transaction;
      table.open_.insert(transaction);
    }
    // A producer that has only written markers.
    if (last_sequence < 0 || delta < 0) continue;
    producer.add({sequence_before(last_sequence, delta), last_sequence, last - delta, last});
  }
  return table;
}

}  // namespace daybook::log
