// What the two messages of the streams protocol (KIP-1071) are made of alike. Of two APIs, so the
// fields are described here and not in one's source.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"

namespace daybook::wire {

struct StreamsKeyValue {
  std::string key;
  std::string value;

  friend bool operator==(const StreamsKeyValue&, const StreamsKeyValue&) = default;
  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("Key", m.key);
    c.field("Value", m.value);
  }
};

struct StreamsTopicInfo {
  std::string name;
  std::int32_t partitions = 0;          // 0 of a heartbeat: the server finds out
  std::int16_t replication_factor = 0;  // 0 of a heartbeat: the server's default
  std::vector<StreamsKeyValue> topic_configs;

  friend bool operator==(const StreamsTopicInfo&, const StreamsTopicInfo&) = default;
  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("Name", m.name);
    c.field("Partitions", m.partitions);
    c.field("ReplicationFactor", m.replication_factor);
    c.field("TopicConfigs", m.topic_configs);
  }
};

// Where a member answers questions about its state.
struct StreamsEndpoint {
  std::string host;
  std::uint16_t port = 0;

  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("Host", m.host);
    c.field("Port", m.port);
  }
};

// Tasks of one subtopology.
struct StreamsTaskIds {
  std::string subtopology_id;
  std::vector<PartitionId> partitions;

  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("SubtopologyId", m.subtopology_id);
    c.field("Partitions", m.partitions);
  }
};

// How far the state of a task is.
struct StreamsTaskOffset {
  std::string subtopology_id;
  PartitionId partition;
  Offset offset;

  template <class C, class M>
  static void fields(C& c, M& m) {
    c.field("SubtopologyId", m.subtopology_id);
    c.field("Partition", m.partition);
    c.field("Offset", m.offset);
  }
};

}  // namespace daybook::wire
