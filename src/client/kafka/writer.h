// A Writer over librdkafka's idempotent producer. A record never expires, so an outage of the log
// is only a wait. The library's gapless guarantee turns a record that cannot be written into an
// error that ends the producer, with nothing later of that partition in the log.

#pragma once

#include <memory>

#include "client/kafka_client.h"
#include "client/log_client.h"

namespace daybook::client::kafka {

Result<std::unique_ptr<Writer>> make_writer(const KafkaOptions& options);

}  // namespace daybook::client::kafka
