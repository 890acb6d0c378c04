#include "client/past_records.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include <fmt/format.h>

namespace daybook::client {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kPastRecords = 50'000;
constexpr std::size_t kPastBytes = 32u << 20;
constexpr milliseconds kPastWait{500};
constexpr milliseconds kPatience{30'000};  // without anything that comes
// How far before the end the last record is looked for first, and how much further each time.
constexpr std::int64_t kFirstLook = 16;
constexpr std::int64_t kLookGrowth = 8;

// The records of a batch that are before the end of their partition.
class PartOfBatch final : public Batch {
 public:
  PartOfBatch(const Batch& whole, const Position& end) : whole_(whole) {
    std::vector<Offset> ends;
    for (const auto& source : whole.sources()) ends.push_back(end.at(source));
    for (std::size_t i = 0; i < whole.records().size(); ++i) {
      const auto& record = whole.records()[i];
      if (record.offset >= ends[record.source]) continue;
      records_.push_back(record);
      places_.push_back(i);
    }
  }
  const std::vector<TopicPartition>& sources() const override { return whole_.sources(); }
  const std::vector<RecordView>& records() const override { return records_; }
  std::vector<HeaderView> headers(std::size_t record) const override {
    return whole_.headers(places_.at(record));
  }

 private:
  const Batch& whole_;
  std::vector<RecordView> records_;
  std::vector<std::size_t> places_;  // in the whole
};

// Those that have not come to their end.
Position unfinished(const Position& position, const Position& end) {
  Position left;
  for (const auto& [partition, offset] : end) {
    if (position.at(partition) < offset) left[partition] = position.at(partition);
  }
  return left;
}

std::unexpected<Error> nothing_came(const Position& left, const Position& end) {
  const auto& [partition, offset] = *left.begin();
  return fail(ErrorCode::kTimedOut,
              fmt::format("nothing came of the offsets {} to {} of {}-{}, which the log has had",
                          offset.value, end.at(partition).value, partition.topic,
                          partition.partition.value));
}

}  // namespace

// Partitions that have come to their end are left when half of them have: no more is read for
// nothing than for something, and the reader does not begin anew for each.
Status read_between(LogClient& log, const Position& from, const Position& end,
                    const std::function<Status(const Batch&)>& take) {
  auto position = from;
  auto left = unfinished(position, end);
  if (left.empty()) return {};
  DAYBOOK_TRY(const auto reader, log.make_reader());
  DAYBOOK_TRY_VOID(reader->assign(left));
  auto reading = left.size();
  auto deadline = steady_clock::now() + kPatience;
  while (true) {
    DAYBOOK_TRY(const auto batch, reader->fetch(kPastRecords, kPastBytes, kPastWait));
    const PartOfBatch ours(*batch, end);
    if (!ours.records().empty()) DAYBOOK_TRY_VOID(take(ours));
    advance(position, *batch);
    auto still_left = unfinished(position, end);
    if (still_left.empty()) return {};
    const auto now = steady_clock::now();
    if (still_left != left) deadline = now + kPatience;
    if (now > deadline) return nothing_came(left, end);
    left = std::move(still_left);
    if (left.size() > reading / 2) continue;
    reading = left.size();
    DAYBOOK_TRY_VOID(reader->assign(left));
  }
}

Status find_last_records(
    LogClient& log, const Position& end,
    const std::function<Status(const TopicPartition&, const Batch&, std::size_t record)>& take) {
  Position begin;
  Position until;
  DAYBOOK_TRY(const auto ranges, log.offsets_of(partitions_of(end)));
  for (const auto& [partition, offset] : end) {
    const auto& range = ranges.at(partition);
    if (range.begin >= offset) continue;
    begin[partition] = range.begin;
    until[partition] = offset;
  }
  for (auto look = kFirstLook; !until.empty(); look *= kLookGrowth) {
    Position from;
    for (const auto& [partition, offset] : until) {
      from[partition] = std::max(begin.at(partition), Offset{offset.value - look});
    }
    std::set<TopicPartition> found;
    const auto take_last = [&](const Batch& batch) -> Status {
      std::map<std::size_t, std::size_t> last;  // record by source
      for (std::size_t i = 0; i < batch.records().size(); ++i) last[batch.records()[i].source] = i;
      for (const auto& [source, record] : last) {
        const auto& partition = batch.sources()[source];
        found.insert(partition);
        DAYBOOK_TRY_VOID(take(partition, batch, record));
      }
      return {};
    };
    DAYBOOK_TRY_VOID(read_between(log, from, until, take_last));
    std::erase_if(from, [&](const auto& at) {
      return found.contains(at.first) || at.second == begin.at(at.first);
    });
    until = std::move(from);
  }
  return {};
}

}  // namespace daybook::client
