#include "flow/remembered/read_back.h"

#include <algorithm>
#include <string>

namespace daybook::flow {
namespace {

constexpr std::size_t kReadBackRecords = 50'000;
constexpr std::size_t kReadBackBytes = 32u << 20;
constexpr client::milliseconds kReadBackWait{500};
constexpr int kMaxQuietReads = 40;  // in a row, after which reading back has failed
// How far the last record is looked for first, and how much further each time.
constexpr std::int64_t kFirstLook = 16;
constexpr std::int64_t kLookGrowth = 8;

// The records of a batch of one partition before an offset.
class PartOfBatch final : public client::Batch {
 public:
  PartOfBatch(const client::Batch& whole, Offset end) : whole_(whole) {
    for (const auto& record : whole.records()) {
      if (record.offset < end) records_.push_back(record);
    }
  }
  const std::vector<client::TopicPartition>& sources() const override { return whole_.sources(); }
  const std::vector<client::RecordView>& records() const override { return records_; }
  std::vector<client::HeaderView> headers(std::size_t record) const override {
    return whole_.headers(record);  // the first of the whole are ours
  }

 private:
  const client::Batch& whole_;
  std::vector<client::RecordView> records_;
};

}  // namespace

Result<std::optional<TimestampMs>> time_before(client::LogClient& log,
                                               const client::TopicPartition& partition,
                                               Offset end) {
  DAYBOOK_TRY(const auto range, log.offsets(partition));
  std::optional<TimestampMs> time;
  Offset until = end;
  for (auto look = kFirstLook; !time && until > range.begin; look *= kLookGrowth) {
    const Offset from{std::max(range.begin.value, until.value - look)};
    DAYBOOK_TRY_VOID(read_back(log, partition, from, until, [&](const client::Batch& batch) {
      time = batch.records().back().timestamp;
      return Status();
    }));
    until = from;
  }
  return time;
}

Status read_back(client::LogClient& log, const client::TopicPartition& partition, Offset from,
                 Offset end, const std::function<Status(const client::Batch&)>& take) {
  DAYBOOK_TRY(const auto reader, log.make_reader());
  client::Position position = {{partition, from}};
  DAYBOOK_TRY_VOID(reader->assign(position));
  const Offset& next = position.at(partition);
  for (int quiet_reads = 0; next < end;) {
    const auto before = next;
    DAYBOOK_TRY(const auto batch, reader->fetch(kReadBackRecords, kReadBackBytes, kReadBackWait));
    const PartOfBatch ours(*batch, end);
    if (!ours.records().empty()) DAYBOOK_TRY_VOID(take(ours));
    client::advance(position, *batch);
    quiet_reads = next == before ? quiet_reads + 1 : 0;
    if (quiet_reads < kMaxQuietReads) continue;
    return fail(ErrorCode::kTimedOut, "nothing came of the offsets " + std::to_string(next.value) +
                                          " to " + std::to_string(end.value) +
                                          ", which the log has had");
  }
  return {};
}

}  // namespace daybook::flow
