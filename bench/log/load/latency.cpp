#include <sys/prctl.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "broker_connection.h"
#include "consumer.h"
#include "durations.h"
#include "modes.h"
#include "payload.h"
#include "produce_request.h"
#include "wire/batch_builder.h"
#include "wire/record_reader.h"

namespace daybook::bench {
namespace {

// How long the consumer may take to see the last record.
constexpr double kPatienceSeconds = 30;
// Of a server that is behind not everything that is due goes into one batch: it would be refused.
constexpr std::int64_t kMaxBatchBytes = 500'000;

// How many requests may be under way, shared by the thread that sends and the one that is answered.
class Window {
 public:
  explicit Window(int size) : free_(size) {}

  void take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return free_ > 0; });
    --free_;
  }
  void give_back() {
    const std::lock_guard lock(mutex_);
    ++free_;
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int free_;
};

// A timer that is late would be measured as the broker's latency.
void wake_on_time() {
  ::prctl(PR_SET_TIMERSLACK, 1UL);
}

class Sender {
 public:
  Sender(const Settings& settings, std::int64_t records)
      : settings_(settings), records_(records), connection_(settings.broker) {}

  void run(Clock::time_point start) {
    wake_on_time();
    std::thread answers([this] { receive(); });
    const std::chrono::nanoseconds gap(std::nano::den / settings_.records_per_second);
    const std::int64_t most = std::max<std::int64_t>(1, kMaxBatchBytes / settings_.record_bytes);
    std::int64_t sent = 0;
    for (std::int32_t request = 0; sent < records_; ++request) {
      std::this_thread::sleep_until(start + sent * gap);
      window_.take();
      const std::int64_t due = std::min({records_, sent + most, (Clock::now() - start) / gap + 1});
      send(request % settings_.partitions, start, gap, sent, due);
      sent = due;
    }
    for (int i = 0; i < settings_.in_flight; ++i) window_.take();
    connection_.hang_up();
    answers.join();
  }

 private:
  // The records first to last-1, as one batch; each carries the time at which it was due.
  void send(std::int32_t partition, Clock::time_point start, std::chrono::nanoseconds gap,
            std::int64_t first, std::int64_t last) {
    wire::BatchBuilder builder({.compression = settings_.compression});
    for (std::int64_t i = first; i < last; ++i) {
      const std::int64_t due_ns = (start + i * gap).time_since_epoch().count();
      std::memcpy(value_.data(), &due_ns, sizeof(due_ns));
      builder.add(now_ms(), std::nullopt, as_bytes(value_));
    }
    const Bytes batch = must(std::move(builder).finish());
    wire::ProduceRequest request = empty_produce_request(settings_);
    request.topic_data.front().partition_data.push_back({PartitionId{partition}, batch});
    connection_.ask<wire::ProduceApi>(request, kProduceVersion);
  }

  void receive() {
    for (;;) {
      const BytesView frame = connection_.receive();
      if (frame.empty()) return;
      check_produced(BrokerConnection::decode_answer<wire::ProduceApi>(frame, kProduceVersion));
      window_.give_back();
    }
  }

  const Settings& settings_;
  const std::int64_t records_;
  BrokerConnection connection_;
  Window window_{settings_.in_flight};
  Random random_{1};
  std::string value_ = make_value(random_, settings_.record_bytes);
};

// Reads `records` records and keeps the latency of those that were due at `measured_from` or later.
Durations receive_all(const Settings& settings, std::int64_t records,
                      Clock::time_point measured_from) {
  wake_on_time();
  BrokerConnection connection(settings.broker);
  Consumer consumer(settings, connection);
  Durations durations;
  const Clock::time_point give_up_at =
      Clock::now() + seconds_of(settings.warm_up_seconds + settings.seconds + kPatienceSeconds);
  while (consumer.records() < records) {
    if (Clock::now() > give_up_at) give_up("records are missing");
    consumer.poll([&](const wire::BatchView& batch) {
      const Clock::time_point now = Clock::now();
      wire::RecordReader reader = must(wire::RecordReader::open(batch));
      for (wire::Record record; must(reader.next(record));) {
        std::int64_t due_ns = 0;
        std::memcpy(&due_ns, record.value->data(), sizeof(due_ns));
        const Clock::time_point due{std::chrono::nanoseconds(due_ns)};
        if (due >= measured_from) durations.add(now - due);
      }
    });
  }
  return durations;
}

}  // namespace

void latency(const Settings& settings) {
  const auto records = static_cast<std::int64_t>((settings.warm_up_seconds + settings.seconds) *
                                                 static_cast<double>(settings.records_per_second));
  constexpr std::chrono::milliseconds kHeadStart(500);  // of the consumer
  const Clock::time_point start = Clock::now() + kHeadStart;
  Durations durations;
  std::thread consumer([&] {
    durations = receive_all(settings, records, start + seconds_of(settings.warm_up_seconds));
  });
  Sender(settings, records).run(start);
  consumer.join();
  durations.print(settings.seconds);
}

}  // namespace daybook::bench
