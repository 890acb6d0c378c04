#include "views/past/past_position.h"

#include <algorithm>

#include "flow/position_text.h"

namespace daybook::views {
namespace {

std::unexpected<Error> not_known(const ViewSpec& spec, const std::string& why) {
  return fail(ErrorCode::kUnsupported,
              "view " + spec.name + " cannot say what it showed earlier: " + why);
}

}  // namespace

Result<client::Position> past_position(client::LogClient& log, const ViewSpec& spec,
                                       const client::Position& latest, const AsOf& as_of) {
  if (const auto* earlier = std::get_if<client::Position>(&as_of)) {
    if (flow::covers(latest, *earlier)) return *earlier;
    return fail(ErrorCode::kInvalid, "view " + spec.name + " is at " + flow::to_text(latest) +
                                         " and has not been at " + flow::to_text(*earlier));
  }
  const auto time = std::get<TimestampMs>(as_of);
  client::Position position;
  for (const auto& [partition, offset] : latest) {
    DAYBOOK_TRY(const auto after, log.offset_at(partition, TimestampMs{time.value + 1}));
    position[partition] = std::min(after, offset);
  }
  return position;
}

Result<client::Position> cut_off(client::LogClient& log, const client::Position& position) {
  client::Position cut;
  DAYBOOK_TRY(const auto ranges, log.offsets_of(partitions_of(position)));
  for (const auto& [partition, range] : ranges) {
    if (range.begin > Offset{0}) cut[partition] = range.begin;
  }
  return cut;
}

Status check_events_below(client::LogClient& log, const ViewSpec& spec,
                          const client::Position& position) {
  DAYBOOK_TRY(const auto cut, cut_off(log, position));
  if (!cut.empty()) {
    return not_known(spec, "the events before " + flow::to_text(cut) + " are no longer in the log");
  }
  DAYBOOK_TRY(const auto config, log.topic_config(spec.topic));
  const auto policy = config.find("cleanup.policy");
  if (policy == config.end() || !policy->second.contains("compact")) return {};
  return not_known(
      spec, "topic " + spec.topic + " is compacted, so that it no longer has all of its events");
}

Status check_walked(const ViewSpec& spec, const client::Position& end,
                    const client::Position& reached, const std::string& stopped_by,
                    const std::string& advice) {
  if (!stopped_by.empty()) {
    return fail(ErrorCode::kTimedOut, "view " + spec.name + " as of " + flow::to_text(end) +
                                          ": the replay ended early because " + stopped_by +
                                          ": of the events below " + flow::to_text(end) +
                                          " those from " + flow::to_text(reached) +
                                          " on have not been looked at; " + advice);
  }
  if (flow::covers(reached, end)) return {};
  return not_known(spec, "the log has given no events from " + flow::to_text(reached) +
                             " on, and " + flow::to_text(end) + " was asked for");
}

}  // namespace daybook::views
