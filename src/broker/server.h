// Daybook's log as a server: it keeps topics in a data folder and speaks the Kafka protocol on one
// port, so that any Kafka client can write to them and read from them.
//
// The data folder (docs/formats/) belongs to one Server at a time:
//   DIR/lock                      held while a server uses the folder
//   DIR/catalog.db                topics, configurations, committed offsets, producer ids
//   DIR/log/<topic>-<partition>/  the records, in Apache Kafka's own format
//
// What is durable: with Durability::kFsync a produce request with acks=1 or acks=all is answered
// after its records are on disk; a topic, a committed offset and a producer id always are before
// they are answered.
//
// Threads: start() and stop() by the owner; everything else by any. The server has its own threads
// (broker/limits.h says how many): none of the caller's is kept.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/uuid.h"
#include "broker/groups/migration_policy.h"

namespace daybook::io {
class Clock;
class FileSystem;
}  // namespace daybook::io

namespace daybook::broker {

struct Metrics;

enum class Durability : std::uint8_t {
  kFsync,  // acknowledged means on disk
  kOs,     // acknowledged means in the page cache: survives the process, not the machine
};

struct ServerOptions {
  std::string data_folder;                      // made if it is missing
  std::string kafka_listen = "127.0.0.1:9092";  // HOST:PORT or [IPV6]:PORT; port 0: any free one
  // HOST:PORT that clients are told to connect to. Empty: the listen address; or, if that is a
  // wildcard (0.0.0.0, ::), the address at which the client reached us.
  std::string kafka_advertised;
  Durability durability = Durability::kFsync;
  int io_threads = 0;  // 0: one per core
  // A client that neither sends nor takes anything for so long is disconnected.
  std::chrono::milliseconds max_connection_idle = std::chrono::minutes(10);
  // How long a group that was empty waits for more members after the first has joined.
  std::chrono::milliseconds group_initial_rebalance_delay{100};
  // How long what a group has committed is kept after its last member has gone; 0: for ever.
  std::chrono::milliseconds offsets_retention{0};
  // Which groups with members may change their protocol.
  MigrationPolicy group_migration = MigrationPolicy::kBidirectional;
  // The node's configuration, by Kafka's names (broker/settings/broker_settings.h): what holds
  // until something else is set at run time.
  std::map<std::string, std::string> config{};
  // How often it is looked for what topics no longer keep; 0: never by itself.
  std::chrono::milliseconds retention_check_interval = std::chrono::minutes(5);
  std::chrono::milliseconds compaction_check_interval = std::chrono::seconds(15);
  io::FileSystem* file_system =
      nullptr;                 // null: the real one. The catalog always uses the real one
  io::Clock* clock = nullptr;  // null: the real one
};

struct TopicSummary {
  std::string name;
  Uuid id;
  std::int32_t partitions = 0;
};

class Server {
 public:
  // Opens the data folder, recovers what a crash left, and listens. On success connections are
  // accepted. Errors, each saying what to do: kUnavailable if another process uses the folder or
  // the port; kInvalid for an address or option that makes no sense; kNoSpace; kCorrupt if the
  // catalog is. A partition whose files are corrupt is not an error: it is reported (base/report.h)
  // and its requests are answered with KAFKA_STORAGE_ERROR.
  static Result<std::unique_ptr<Server>> start(ServerOptions options);

  // Stops as by stop().
  virtual ~Server() = default;

  // HOST:PORT that is listened on, with the actual port.
  virtual std::string kafka_address() const = 0;
  virtual std::uint16_t kafka_port() const = 0;
  virtual Uuid cluster_id() const = 0;
  virtual const Metrics& metrics() const = 0;
  virtual std::vector<TopicSummary> topics() const = 0;

  // Stops accepting, ends the waits of clients, finishes what was accepted, marks the partitions as
  // cleanly closed and releases the folder; within 10 seconds. An error: something could not be
  // closed cleanly, and the next start will scan it. Calling it again does nothing.
  virtual Status stop() = 0;
};

}  // namespace daybook::broker
