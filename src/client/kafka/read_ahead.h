// How far a consumer reads ahead, in memory (client/record_memory.h), and how the library is
// brought to go on. One answer of the log may come on top.
//
// librdkafka 2.0 asks for no more records while it holds as many as it may, and then looks once a
// second whether there is room again (rd_kafka_max_block_ms in its rdkafka_broker.c, of which no
// property tells), unless the thread that speaks with the broker has something else to do. A task
// applies all of them in less. So who takes records from the library gives those threads something
// to do as soon as half of the room is free: it asks where the partitions end, and does not wait
// for the answer. Each thread sends its question, looks for room, and fetches.
//
// Guarantee: the library holds no more than without this, and while there is more in the log a
// reader that takes records finds the next ones fetched or being fetched. How many records wait is
// known; their bytes are reckoned from those that were taken. Where they are off by more than half,
// the library goes on by itself, within its second.
//
// One thread, the reader's.

#pragma once

#include <span>

#include "client/kafka/handle.h"
#include "client/log_client.h"
#include "client/record_memory.h"

namespace daybook::client::kafka {

class ReadAhead {
 public:
  explicit ReadAhead(std::size_t bytes);

  // The library's, for a consumer that may hold so much.
  Properties properties() const;
  // After `taken` was taken from the library and `left_records` were left: whether it may have
  // stopped, and has room again. True once each time.
  bool has_room_again(RecordMemory taken, std::size_t left_records);

 private:
  bool fills_half(std::size_t records, std::size_t record_bytes) const;

  std::size_t answer_bytes_;
  RecordMemory limit_;
  bool may_have_stopped_ = false;
};

// Has the threads of the brokers that lead `partitions` look for room. Does not wait.
void wake_fetchers(rd_kafka_t& consumer, std::span<const TopicPartition> partitions);

}  // namespace daybook::client::kafka
