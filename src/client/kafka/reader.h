// A Reader over librdkafka's simple consumer: all assigned partitions feed one queue, no group is
// joined. A batch holds the library's messages; nothing is copied.
//
// The library fetches ahead in the background, within KafkaOptions::read_ahead_bytes, and
// reconnects by itself; a fetch() while the broker is away is an empty batch.

#pragma once

#include <memory>

#include "client/kafka_client.h"
#include "client/log_client.h"

namespace daybook::client::kafka {

Result<std::unique_ptr<Reader>> make_reader(const KafkaOptions& options);

}  // namespace daybook::client::kafka
