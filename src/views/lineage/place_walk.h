// The events at given places, and no others as far as the log can be read that way: from one to the
// next it reads on if they are near each other, and jumps if they are far.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "views/event_place.h"
#include "views/lineage/event_walk.h"

namespace daybook::views {

class PlaceWalk final : public EventWalk {
 public:
  // `end`: of the topic that the places are in; those at or beyond it are left out.
  static Result<std::unique_ptr<PlaceWalk>> start(client::LogClient& log, client::Position end,
                                                  const std::vector<EventPlace>& places,
                                                  WalkBounds bounds);

  Result<std::span<const sql::InputEvent>> next(bool with_headers) override;
  client::Position position() const override;
  std::int64_t events_read() const override { return events_read_; }
  const std::string& stopped_by() const override { return stopped_by_; }

 private:
  // Those of one partition, by offset.
  struct Wanted {
    std::vector<EventPlace> places;
    std::size_t next = 0;
    Offset at;  // where the reader is
  };

  PlaceWalk(client::Position end, WalkBounds bounds)
      : end_(std::move(end)), bounds_(std::move(bounds)) {}
  // The partition to read from now; nothing when all are done.
  std::map<client::TopicPartition, Wanted>::iterator current();
  Status go_to(const client::TopicPartition& partition, Wanted& wanted);
  void take(Wanted& wanted, bool with_headers);

  const client::Position end_;
  const WalkBounds bounds_;
  std::map<client::TopicPartition, Wanted> wanted_;
  std::unique_ptr<client::Reader> reader_;
  const client::TopicPartition* reading_ = nullptr;
  std::unique_ptr<client::Batch> batch_;
  std::vector<std::string> headers_;
  std::vector<sql::InputEvent> taken_;
  std::int64_t events_read_ = 0;
  std::string stopped_by_;
};

}  // namespace daybook::views
