// Fetches from all partitions of a topic as real consumers do: one request at a time, with a fetch
// session where the broker keeps one, and from the start again when the end was reached if wanted.
// One thread.

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "broker_connection.h"
#include "settings.h"
#include "wire/apis/records/fetch.h"
#include "wire/record_batch.h"

namespace daybook::bench {

class Consumer {
 public:
  Consumer(const Settings& settings, BrokerConnection& connection);

  // The next answer: `on_batch` is called for each new whole batch. False if the connection ended.
  bool poll(const std::function<void(const wire::BatchView&)>& on_batch);

  std::int64_t records() const { return records_; }
  std::int64_t bytes() const { return bytes_; }
  // Whether all partitions were read to the end that the broker last told.
  bool at_end() const;
  void rewind();

 private:
  struct Position {
    Offset next{0};
    Offset high_watermark{-1};
    bool changed = true;  // since it was last asked for
  };

  wire::FetchRequest next_request();
  void take(const wire::FetchResponse::Partition& answer,
            const std::function<void(const wire::BatchView&)>& on_batch);

  const Settings& settings_;
  BrokerConnection& connection_;
  std::vector<Position> positions_;
  std::int32_t session_id_ = 0;
  std::int32_t session_epoch_ = 0;
  std::int64_t records_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace daybook::bench
