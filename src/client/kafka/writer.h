// A Writer over librdkafka's idempotent producer. At most kMaxQueuedRecords and kMaxQueuedBytes
// wait to be acknowledged; a record never expires, so an outage of the log is only a wait. The
// library's gapless guarantee turns a record that cannot be written into an error that ends the
// producer, with nothing later of that partition in the log.

#pragma once

#include <memory>

#include "client/kafka_client.h"
#include "client/log_client.h"

namespace daybook::client::kafka {

inline constexpr std::size_t kMaxQueuedRecords = 100'000;
inline constexpr std::size_t kMaxQueuedBytes = 64 << 20;
// One record. A broker may allow less: Apache Kafka's default is 1 MiB.
inline constexpr std::size_t kMaxRecordBytes = 16 << 20;

Result<std::unique_ptr<Writer>> make_writer(const KafkaOptions& options);

}  // namespace daybook::client::kafka
