// What a member of the consumer protocol (KIP-848) says in a heartbeat and what it is told,
// independent of the protocol's versions: the handler translates.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/groups/consumer/partition_sets.h"
#include "broker/limits.h"
#include "wire/error_code.h"

namespace daybook::broker {

using wire::KafkaError;

inline constexpr std::int32_t kJoinEpoch = 0;
inline constexpr std::int32_t kLeaveEpoch = -1;
inline constexpr std::int32_t kLeaveForAWhileEpoch = -2;  // a static member that will be back

// What is absent is as before, but for `classic`.
struct ConsumerBeat {
  std::string member_id;
  std::int32_t member_epoch = kJoinEpoch;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::string client_id;
  std::string client_host;
  std::optional<std::chrono::milliseconds> rebalance_timeout;
  std::optional<std::vector<std::string>> topic_names;
  std::optional<std::string> topic_regex;  // empty: none any more
  std::optional<std::string> assignor;
  std::optional<PartitionSets> owned;
  std::optional<catalog::ClassicPart> classic;  // it speaks the classic protocol
};

// How many bytes these names of topics take in the catalog, about.
template <class Names>
std::size_t bytes_of_names(const Names& names) {
  std::size_t bytes = 0;
  for (const std::string& name : names) bytes += name.size() + kConsumerRowBytes;
  return bytes;
}

struct ConsumerBeatResult {
  KafkaError error = KafkaError::kNone;
  std::string error_message;
  std::string member_id;
  std::int32_t member_epoch = 0;
  std::chrono::milliseconds heartbeat_interval{};
  std::optional<PartitionSets> assignment;  // absent: as before
};
using ConsumerBeatReply = std::move_only_function<void(ConsumerBeatResult)>;

// What a tool is told of a group.
struct DescribedConsumer {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::int32_t member_epoch = 0;
  bool is_classic = false;  // it speaks the classic protocol
  std::string client_id;
  std::string client_host;
  std::vector<std::string> topic_names;
  std::optional<std::string> topic_regex;
  PartitionSets assignment;
  PartitionSets target;
};

struct ConsumerGroupDescription {
  std::string_view state;
  std::int32_t epoch = 0;
  std::int32_t assignment_epoch = 0;
  std::string assignor;
  std::vector<DescribedConsumer> members;
};

}  // namespace daybook::broker
