// What the load generator was told: `name=value` arguments, all of them optional. A fault ends the
// program with a message: a benchmark that went on regardless would measure something else.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "wire/record_batch.h"

namespace daybook::bench {

struct Settings {
  std::string broker;  // host:port
  std::string topic = "bench";
  std::int32_t partitions = 1;
  std::size_t record_bytes = 100;
  std::size_t batch_bytes = 16384;  // of a partition in one request: Kafka's batch.size
  wire::Compression compression = wire::Compression::kNone;
  int connections = 2;
  int in_flight = 5;  // requests per connection: Kafka's max.in.flight.requests.per.connection
  std::int64_t max_bytes = std::int64_t{1} << 40;  // throughput: of one topic
  double seconds = 3;
  double warm_up_seconds = 0;
  std::int64_t records_per_second = 10'000;
  bool awake = false;   // synced appends: the client does not sleep while it waits
  std::string folder;   // of the file of a bare mode
  int server_core = 0;  // of a bare mode that has a server's part
  std::string configs;  // of a topic that is made: "name=value,name=value"
};

using Clock = std::chrono::steady_clock;

Settings parse_settings(int count, char** arguments);

[[noreturn]] void give_up(const std::string& message);

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  return *std::move(result);
}

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

inline Clock::duration seconds_of(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace daybook::bench
