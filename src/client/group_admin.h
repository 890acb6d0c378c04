// What a tool sees and does of consumer groups, on Daybook's log or on an Apache Kafka cluster.
//
// Every request waits for its answer, at most KafkaOptions::request_timeout. Threads: any.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/kafka_client.h"
#include "client/log_client.h"

namespace daybook::client {

struct GroupSummary {
  std::string id;
  std::string state;  // "Stable", "Empty" ...; "Unknown" if the library has no word for it
};

struct GroupMember {
  std::string id;
  std::string instance_id;  // empty: none
  std::string client_id;
  std::string host;
  std::vector<TopicPartition> assignment;
};

struct GroupDescription {
  std::string id;
  std::string state;
  std::string assignor;  // empty: none, or not known
  // Absent: the group's protocol does not tell them to this library (the consumer protocol of
  // KIP-848, before librdkafka 2.6).
  std::optional<std::vector<GroupMember>> members;
};

class GroupAdmin {
 public:
  virtual ~GroupAdmin() = default;
  virtual Result<std::vector<GroupSummary>> list() = 0;  // ordered by id
  // kNotFound if there is no such group.
  virtual Result<GroupDescription> describe(const std::string& group) = 0;
  // What it has committed; nothing if there is no such group.
  virtual Result<Position> committed(const std::string& group) = 0;
  // Refused while the group has members. A group that does not exist begins to.
  virtual Status commit(const std::string& group, const Position& position) = 0;
  // With all that it has committed. kNotFound; refused while the group has members.
  virtual Status remove(const std::string& group) = 0;
};

// Does not connect. kInvalid if `bootstrap` is empty or a property is refused.
Result<std::unique_ptr<GroupAdmin>> make_group_admin(const KafkaOptions& options);

}  // namespace daybook::client
