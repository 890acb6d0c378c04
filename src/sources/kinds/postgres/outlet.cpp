#include "sources/kinds/postgres/outlet.h"

#include <fmt/format.h>

#include "base/units.h"
#include "client/partitioner.h"
#include "client/past_records.h"

namespace daybook::sources::postgres {
namespace {

using client::milliseconds;

constexpr milliseconds kFlushSlice{1'000};
constexpr milliseconds kSettleTimeout{30'000};

Result<EventPosition> position_of(const client::Batch& batch, std::size_t record,
                                  const client::TopicPartition& partition) {
  for (const auto& header : batch.headers(record)) {
    if (header.name == kPositionHeader && header.value) return parse_position(*header.value);
  }
  return fail(ErrorCode::kInvalid,
              fmt::format("the last record of {}-{} was not written by a PostgreSQL source: use "
                          "another topic, or delete this one",
                          partition.topic, partition.partition.value));
}

}  // namespace

Result<std::map<std::string, TopicPositions>> last_positions(
    client::LogClient& log, const std::map<std::string, std::int32_t>& topics) {
  std::map<std::string, TopicPositions> positions;
  for (const auto& [topic, partitions] : topics) {
    positions[topic].resize(static_cast<std::size_t>(partitions));
  }
  client::Position ends;
  for (const auto& [topic, partitions] : topics) {
    DAYBOOK_TRY(const auto ranges, log.offsets_of(client::partitions_of({topic, partitions})));
    for (const auto& [partition, range] : ranges) ends[partition] = range.end;
  }
  // Of records that somebody else has written only the last matters.
  std::map<client::TopicPartition, Result<EventPosition>> found;
  const auto take = [&](const client::TopicPartition& partition, const client::Batch& batch,
                        std::size_t record) -> Status {
    found.insert_or_assign(partition, position_of(batch, record, partition));
    return {};
  };
  DAYBOOK_TRY_VOID(client::find_last_records(log, ends, take));
  for (const auto& [partition, position] : found) {
    if (!position) return std::unexpected(position.error());
    positions[partition.topic].at(static_cast<std::size_t>(partition.partition.value)) = *position;
  }
  return positions;
}

Status Outlet::settle(std::stop_token stop) {
  if (writer_ != nullptr) {
    const auto deadline = std::chrono::steady_clock::now() + kSettleTimeout;
    while (true) {
      if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "asked to stop");
      const auto flushed = writer_->flush(kFlushSlice);
      if (flushed) break;
      if (!flushed.error().retriable()) {
        writer_.reset();  // nothing of it is under way any more
        break;
      }
      if (std::chrono::steady_clock::now() > deadline) return flushed;
    }
    board_.add_events(writer_ != nullptr ? unacknowledged_ : 0);
    unacknowledged_ = unacknowledged_bytes_ = 0;
  }
  if (writer_ == nullptr) {
    DAYBOOK_TRY(writer_, log_.make_writer());
  }
  return {};
}

Status Outlet::flush(std::stop_token stop, const std::function<Status()>& meanwhile) {
  while (true) {
    const auto flushed = writer_->flush(kFlushSlice);
    if (flushed) break;
    if (flushed.error().code != ErrorCode::kTimedOut) return flushed;
    if (stop.stop_requested()) return fail(ErrorCode::kCancelled, "asked to stop");
    board_.enter(SourceState::kWaiting, flushed.error().message);
    DAYBOOK_TRY_VOID(meanwhile());
  }
  board_.add_events(unacknowledged_);
  unacknowledged_ = unacknowledged_bytes_ = 0;
  return {};
}

PartitionId Outlet::partition_of(const Outflow& flow, const Tuple& row) {
  if (flow.table.partitions == 1) return PartitionId{0};
  flow.envelope.write_key(row, key_);
  return client::partition_for_key(key_, flow.table.partitions);
}

bool Outlet::is_new(Outflow& flow, PartitionId partition, const StreamPosition& position) {
  auto& written = flow.written.at(static_cast<std::size_t>(partition.value));
  if (written && position <= *written) return false;
  written = position;
  write_position(position, position_);
  return true;
}

Status Outlet::write(Outflow& flow, PartitionId partition, bool has_key, bool has_value,
                     const Origin& origin) {
  client::OutgoingRecord record;
  record.topic = flow.table.topic;
  record.partition = partition;
  record.timestamp = TimestampMs{origin.time_us / kMicrosPerMs};
  if (has_key) record.key = key_;
  if (has_value) record.value = value_;
  record.headers.push_back({kPositionHeader, position_});
  DAYBOOK_TRY_VOID(writer_->write(record));
  ++unacknowledged_;
  unacknowledged_bytes_ += key_.size() + value_.size() + position_.size();
  return {};
}

Status Outlet::write_row(Outflow& flow, const Tuple& row, const Origin& origin) {
  flow.envelope.write_key(row, key_);
  const auto partition = client::partition_for_key(key_, flow.table.partitions);
  std::vector<std::string_view> key;
  for (const auto& part : flow.table.key) key.push_back(row[part.column].text);
  write_position(origin.commit, key, position_);
  flow.envelope.write_value('r', nullptr, &row, origin, value_);
  return write(flow, partition, true, true, origin);
}

Status Outlet::write_change(Outflow& flow, char op, std::uint32_t part, const Tuple* before,
                            const Tuple* after, const Origin& origin) {
  flow.envelope.write_key(op == 'd' ? *before : *after, key_);
  const auto partition = client::partition_for_key(key_, flow.table.partitions);
  StreamPosition position{origin.commit, flow.changes, part};
  if (is_new(flow, partition, position)) {
    flow.envelope.write_value(op, before, after, origin, value_);
    DAYBOOK_TRY_VOID(write(flow, partition, true, true, origin));
  }
  if (op != 'd' || !config_.tombstones) return {};
  ++position.part;
  if (!is_new(flow, partition, position)) return {};
  return write(flow, partition, true, false, origin);
}

Status Outlet::write_truncate(Outflow& flow, const Origin& origin) {
  const StreamPosition position{origin.commit, flow.changes, 0};
  for (std::int32_t p = 0; p < flow.table.partitions; ++p) {
    if (!is_new(flow, PartitionId{p}, position)) continue;
    flow.envelope.write_value('t', nullptr, nullptr, origin, value_);
    DAYBOOK_TRY_VOID(write(flow, PartitionId{p}, false, true, origin));
  }
  return {};
}

}  // namespace daybook::sources::postgres
