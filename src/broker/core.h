// What the handlers of all APIs work on: the parts of the server that are not network. Its members
// are thread-safe, and live longer than any request.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace daybook::io {
class Clock;
class FileSystem;
}  // namespace daybook::io

namespace daybook::broker {

class AppendQueue;
class BrokerSettings;
class Cleaner;
class CommittedOffsets;
class FetchSessions;
class GroupConfigs;
class GroupCoordinator;
class MemoryBudget;
class ProducerIds;
class Timers;
class Topics;
class TransactionCoordinator;
class WaitingFetches;
class Worker;
struct Metrics;

inline constexpr std::int32_t kNodeId = 1;  // there is one node

struct CoreSettings {
  Uuid cluster_id;
  std::string log_folder;
  std::chrono::milliseconds max_connection_idle{};
};

struct Core {
  const CoreSettings settings;
  io::Clock& clock;
  io::FileSystem& files;
  Timers& timers;
  BrokerSettings& broker_settings;
  Topics& topics;
  Cleaner& cleaner;
  GroupConfigs& group_configs;
  GroupCoordinator& groups;
  CommittedOffsets& offsets;
  ProducerIds& producer_ids;
  TransactionCoordinator& transactions;
  WaitingFetches& waiting_fetches;
  FetchSessions& fetch_sessions;
  Worker& disk_reads;             // of fetches, and of times that are looked up
  MemoryBudget& request_memory;   // of requests that have arrived, in part or whole
  MemoryBudget& response_memory;  // of answers that were not sent yet
  Metrics& metrics;
};

// HOST and port that a client should connect to.
struct Endpoint {
  std::string host;
  std::int32_t port = 0;
};

// What a handler knows of the request besides its body.
struct RequestContext {
  std::int16_t version = 0;
  std::string client_id;
  std::string_view client_host;  // "/127.0.0.1", as Kafka shows it; valid as `advertised` is
  const Endpoint& advertised;    // on this connection; lives as long as the handler runs
  AppendQueue& appends;  // the connection's; flushed soon, and the request's bytes stay till then
};

}  // namespace daybook::broker
