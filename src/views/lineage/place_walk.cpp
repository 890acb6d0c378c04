#include "views/lineage/place_walk.h"

#include <algorithm>

#include "flow/input_events.h"

namespace daybook::views {
namespace {

// Beyond this many events between two wanted ones, to jump is quicker than to read on.
constexpr std::int64_t kFar = 20'000;
constexpr std::size_t kBatchRecords = 10'000;
constexpr std::size_t kBatchBytes = 4u << 20;
constexpr client::milliseconds kPlaceWait{100};

}  // namespace

Result<std::unique_ptr<PlaceWalk>> PlaceWalk::start(client::LogClient& log, client::Position end,
                                                    const std::vector<EventPlace>& places,
                                                    WalkBounds bounds) {
  std::unique_ptr<PlaceWalk> walk(new PlaceWalk(std::move(end), std::move(bounds)));
  DAYBOOK_TRY(const auto ranges, log.offsets_of(partitions_of(walk->end_)));
  for (const auto& [partition, below] : walk->end_) {
    const auto& range = ranges.at(partition);
    Wanted wanted;
    for (const auto& place : places) {
      const Offset offset{place.offset};
      const bool is_there = offset >= range.begin && offset < range.end && offset < below;
      if (place.partition == partition.partition.value && is_there) wanted.places.push_back(place);
    }
    std::ranges::sort(wanted.places, {}, &EventPlace::offset);
    if (!wanted.places.empty()) walk->wanted_[partition] = std::move(wanted);
  }
  DAYBOOK_TRY(walk->reader_, log.make_reader());
  return walk;
}

std::map<client::TopicPartition, PlaceWalk::Wanted>::iterator PlaceWalk::current() {
  return std::ranges::find_if(
      wanted_, [](const auto& each) { return each.second.next < each.second.places.size(); });
}

Status PlaceWalk::go_to(const client::TopicPartition& partition, Wanted& wanted) {
  const Offset offset{wanted.places[wanted.next].offset};
  if (reading_ == &partition && offset - wanted.at < kFar) return {};
  reading_ = &partition;
  wanted.at = offset;
  return reader_->assign({{partition, offset}});
}

Result<std::span<const sql::InputEvent>> PlaceWalk::next(bool with_headers) {
  taken_.clear();
  while (taken_.empty()) {
    const auto reading = current();
    if (reading == wanted_.end()) break;
    DAYBOOK_TRY(stopped_by_, bound_that_was_hit(bounds_, events_read_));
    if (!stopped_by_.empty()) break;
    auto& [partition, wanted] = *reading;
    DAYBOOK_TRY_VOID(go_to(partition, wanted));
    DAYBOOK_TRY(batch_, reader_->fetch(kBatchRecords, kBatchBytes, kPlaceWait));
    take(wanted, with_headers);
  }
  return std::span<const sql::InputEvent>(taken_);
}

// One that was removed from the log is passed by, with the next record or where the log ends.
void PlaceWalk::take(Wanted& wanted, bool with_headers) {
  const auto& records = batch_->records();
  events_read_ += static_cast<std::int64_t>(records.size());
  std::vector<std::size_t> found;
  auto& next = wanted.next;
  const auto pass_below = [&](Offset offset) {
    while (next < wanted.places.size() && wanted.places[next].offset < offset.value) ++next;
  };
  for (std::size_t i = 0; i < records.size(); ++i) {
    wanted.at = records[i].offset.next();
    pass_below(records[i].offset);
    if (next == wanted.places.size()) break;
    const auto& place = wanted.places[next];
    if (place.offset > records[i].offset.value) continue;
    taken_.push_back({static_cast<std::int32_t>(place.partition), place.offset,
                      records[i].timestamp.value, place.time_ms, records[i].key, records[i].value});
    found.push_back(i);
    ++next;
  }
  for (const auto& end : batch_->ends()) {
    wanted.at = std::max(wanted.at, end.offset);
    pass_below(end.offset);
  }
  headers_.clear();
  if (!with_headers) return;
  for (const auto i : found) flow::append_headers_json(batch_->headers(i), headers_.emplace_back());
  for (std::size_t i = 0; i < headers_.size(); ++i) taken_[i].headers = headers_[i];
}

client::Position PlaceWalk::position() const {
  auto position = end_;
  for (const auto& [partition, wanted] : wanted_) {
    if (wanted.next == wanted.places.size()) continue;
    position[partition] = Offset{wanted.places[wanted.next].offset};
  }
  return position;
}

}  // namespace daybook::views
