// The rows of the catalog (catalog/catalog.h), as plain values.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/uuid.h"

namespace daybook::catalog {

struct Topic {
  std::string name{};
  Uuid id{};
  std::int32_t partitions = 1;
  TimestampMs created = kNoTimestamp;
  std::map<std::string, std::string> config{};  // Kafka's names; only what was set for this topic
  bool deleting = false;                        // its files may be partly gone

  friend bool operator==(const Topic&, const Topic&) = default;
};

struct CommittedOffset {
  std::string group{};
  std::string topic{};
  PartitionId partition{};
  Offset offset{};
  LeaderEpoch leader_epoch = kNoEpoch;
  std::string metadata{};  // the client's own, bounded by the broker
  TimestampMs committed_at = kNoTimestamp;

  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

// Scope ("" for every node, otherwise a node's id) -> Kafka's names -> values.
using BrokerConfigs = std::map<std::string, std::map<std::string, std::string>>;

// Group id -> Kafka's names -> values.
using GroupConfigs = std::map<std::string, std::map<std::string, std::string>>;

// What a group of the classic protocol knows of a member when a generation is complete.
struct GroupMember {
  struct Protocol {
    std::string name{};
    Bytes metadata{};  // the client's own, as is
    friend bool operator==(const Protocol&, const Protocol&) = default;
  };

  std::string id{};
  std::optional<std::string> instance_id{};
  std::string client_id{};
  std::string client_host{};
  std::chrono::milliseconds session_timeout{};
  std::chrono::milliseconds rebalance_timeout{};
  std::vector<Protocol> protocols{};  // most preferred first
  Bytes assignment{};                 // the leader's, as is

  friend bool operator==(const GroupMember&, const GroupMember&) = default;
};

// By topic id.
using PartitionSets = std::map<Uuid, std::set<std::int32_t>>;

// Of a member that speaks the classic protocol in a group of the consumer protocol.
struct ClassicPart {
  std::chrono::milliseconds session_timeout{};
  std::vector<GroupMember::Protocol> protocols{};  // most preferred first

  friend bool operator==(const ClassicPart&, const ClassicPart&) = default;
};

// What a group of the consumer protocol knows of a member.
struct ConsumerMember {
  std::string id{};
  std::optional<std::string> instance_id{};
  std::optional<std::string> rack_id{};
  std::string client_id{};
  std::string client_host{};
  std::chrono::milliseconds rebalance_timeout{};
  std::set<std::string, std::less<>> topic_names{};
  std::string topic_regex{};
  std::optional<std::string> assignor{};
  std::int32_t epoch = 0;
  std::int32_t previous_epoch = 0;
  PartitionSets assigned{};
  PartitionSets revoking{};  // to be given back
  PartitionSets target{};
  std::optional<ClassicPart> classic{};  // absent: it speaks the consumer protocol

  friend bool operator==(const ConsumerMember&, const ConsumerMember&) = default;
};

// By subtopology.
using TaskSets = std::map<std::string, std::set<std::int32_t>>;

// Of a member of the streams protocol.
struct Tasks {
  TaskSets active{};
  TaskSets standby{};

  friend bool operator==(const Tasks&, const Tasks&) = default;
};

// Where the application of a member answers queries about its state.
struct StreamsEndpoint {
  std::string host{};
  std::uint16_t port = 0;

  friend bool operator==(const StreamsEndpoint&, const StreamsEndpoint&) = default;
};

// What a group of the streams protocol knows of a member.
struct StreamsMember {
  std::string id{};
  std::optional<std::string> rack_id{};
  std::string client_id{};
  std::string client_host{};
  std::chrono::milliseconds rebalance_timeout{};
  std::int32_t topology_epoch = 0;
  std::string process_id{};  // its members share what is on its disk
  std::optional<StreamsEndpoint> endpoint{};
  std::map<std::string, std::string> tags{};
  std::int32_t epoch = 0;
  std::int32_t previous_epoch = 0;
  Tasks assigned{};
  Tasks revoking{};  // to be given back
  Tasks target{};

  friend bool operator==(const StreamsMember&, const StreamsMember&) = default;
};

// Of a group's members of the consumer or the streams protocol, since they were saved last.
struct ConsumerChanges {
  bool all = false;  // nobody is in the group but those that are here
  std::vector<ConsumerMember> changed{};
  std::vector<StreamsMember> changed_streams{};
  std::set<std::string> gone{};
};

// A consumer group that has had a generation. What it has committed is kept apart.
struct Group {
  std::string id{};
  bool of_consumer_protocol = false;      // of KIP-848; see also `topology`
  std::string protocol_type{};            // what its members call themselves: "consumer", "connect"
  std::int32_t epoch = 0;                 // the generation, or the group epoch: never goes back
  TimestampMs emptied_at = kNoTimestamp;  // none: it has members

  // Of the generation, in the classic protocol.
  std::string protocol_name{};
  std::string leader{};                // empty: the group was of the consumer protocol until now
  bool assigned = false;               // by the leader: the group is stable
  std::vector<GroupMember> members{};  // by their ids; none may be known although there are some

  // In the consumer and the streams protocol.
  std::int32_t target_epoch = 0;            // of the members' targets
  std::vector<ConsumerMember> consumers{};  // by their ids

  // In the streams protocol, and only there: what the application is made of, as the broker wrote
  // it (broker/groups/streams).
  std::optional<Bytes> topology{};
  std::vector<StreamsMember> streams{};  // by their ids

  friend bool operator==(const Group&, const Group&) = default;
};

// Of a transactional id, under Kafka's names.
enum class TransactionState : std::uint8_t {
  kEmpty,
  kOngoing,
  kPrepareCommit,  // decided, and markers are still to be written
  kPrepareAbort,
  kCompleteCommit,
  kCompleteAbort,
};
inline constexpr std::size_t kTransactionStates = 6;
std::string_view to_string(TransactionState state);

struct TransactionPartition {
  Uuid topic{};
  PartitionId partition{};
  friend auto operator<=>(const TransactionPartition&, const TransactionPartition&) = default;
};

// A transactional id and its newest transaction.
struct Transaction {
  std::string id{};
  ProducerId producer = kNoProducer;
  ProducerEpoch epoch{-1};
  ProducerEpoch last_epoch{-1};                // the epoch before; -1: a retry with it is refused
  ProducerId previous_producer = kNoProducer;  // before the epochs of that one were used up
  ProducerId next_producer = kNoProducer;      // after this transaction, likewise
  std::chrono::milliseconds timeout{};
  TransactionState state = TransactionState::kEmpty;
  std::int16_t version = 1;            // of the protocol that its client speaks: 1, or 2 (KIP-890)
  TimestampMs started = kNoTimestamp;  // of the transaction
  TimestampMs updated = kNoTimestamp;
  std::set<TransactionPartition> partitions{};
  std::set<std::string> groups{};  // whose offsets are part of it

  friend bool operator==(const Transaction&, const Transaction&) = default;
};

// An offset that is committed when the transaction is.
struct PendingOffset {
  std::string transactional_id{};
  CommittedOffset offset{};

  friend bool operator==(const PendingOffset&, const PendingOffset&) = default;
};

}  // namespace daybook::catalog
