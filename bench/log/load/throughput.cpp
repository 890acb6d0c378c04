#include <fmt/format.h>

#include <atomic>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "broker_connection.h"
#include "consumer.h"
#include "modes.h"
#include "payload.h"
#include "produce_request.h"

namespace daybook::bench {
namespace {

constexpr std::size_t kDifferentRequests = 4;

struct Counted {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
};

// Prints what all connections did together.
void print(std::span<const Counted> counted, double seconds) {
  Counted all;
  for (const Counted& one : counted) {
    all.records += one.records;
    all.bytes += one.bytes;
  }
  fmt::print(R"({{"records": {}, "bytes": {}, "seconds": {:.4f}}})"
             "\n",
             all.records, all.bytes, seconds);
}

struct PreparedRequest {
  Bytes frame;
  std::int64_t records = 0;
};

PreparedRequest prepare(const Settings& settings, Random& random) {
  std::vector<Batch> batches;
  PreparedRequest prepared;
  for (std::int32_t i = 0; i < settings.partitions; ++i) {
    batches.push_back(make_batch(settings, random));
    prepared.records += batches.back().records;
  }
  wire::ProduceRequest request = empty_produce_request(settings);
  for (std::int32_t i = 0; i < settings.partitions; ++i) {
    request.topic_data.front().partition_data.push_back(
        {PartitionId{i}, batches[static_cast<std::size_t>(i)].bytes});
  }
  prepared.frame = wire::encode_request_frame(0, "log_load", request, kProduceVersion).flatten();
  return prepared;
}

Counted produce_on(const Settings& settings, std::span<const PreparedRequest> requests,
                   Clock::time_point until) {
  BrokerConnection connection(settings.broker);
  Counted counted;
  std::int64_t sent_bytes = 0;
  int in_flight = 0;
  for (std::size_t next = 0;;) {
    // At least one, however late this thread got its core.
    const bool go_on = next == 0 || (Clock::now() < until && sent_bytes < settings.max_bytes);
    if (!go_on && in_flight == 0) return counted;
    if (go_on && in_flight < settings.in_flight) {
      const PreparedRequest& request = requests[next++ % requests.size()];
      connection.send_bytes(request.frame);
      counted.records += request.records;
      sent_bytes += static_cast<std::int64_t>(request.frame.size());
      ++in_flight;
      continue;
    }
    check_produced(connection.answer<wire::ProduceApi>(kProduceVersion));
    --in_flight;
    counted.bytes = sent_bytes;
  }
}

template <class Work>
void on_connections(const Settings& settings, Work work) {
  std::vector<Counted> counted(static_cast<std::size_t>(settings.connections));
  std::vector<std::thread> threads;
  const Clock::time_point start = Clock::now();
  for (Counted& one : counted) {
    threads.emplace_back([&] { one = work(start + seconds_of(settings.seconds)); });
  }
  for (std::thread& thread : threads) thread.join();
  print(counted, seconds_since(start));
}

}  // namespace

void produce(const Settings& settings) {
  Random random(1);
  std::vector<PreparedRequest> requests;
  for (std::size_t i = 0; i < kDifferentRequests; ++i)
    requests.push_back(prepare(settings, random));
  Settings each = settings;
  each.max_bytes /= settings.connections;
  on_connections(each, [&](Clock::time_point until) { return produce_on(each, requests, until); });
}

void consume(const Settings& settings) {
  on_connections(settings, [&](Clock::time_point until) {
    BrokerConnection connection(settings.broker);
    Consumer consumer(settings, connection);
    while ((Clock::now() < until || consumer.records() == 0) &&
           consumer.poll([](const wire::BatchView&) {})) {
      if (consumer.at_end()) consumer.rewind();
    }
    return Counted{consumer.records(), consumer.bytes()};
  });
}

}  // namespace daybook::bench
