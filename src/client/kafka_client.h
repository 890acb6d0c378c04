// The LogClient that speaks the Kafka protocol, through librdkafka: the same for Daybook's own
// broker and for an Apache Kafka cluster.
//
// A broker that goes away and comes back is ridden through: readers wait and go on from where they
// were, writers keep what is queued and send it again under the same sequence numbers, so nothing
// is written twice. A Writer never gives up by itself: while the log is away flush() is kTimedOut,
// and write() is kTimedOut when the queue has been full for `write_timeout`. What ends it is an
// error that no retry can mend (a record too large, a topic deleted, access refused).

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "client/log_client.h"
#include "client/patience.h"
#include "client/transactions.h"

namespace daybook::client {

struct KafkaOptions {
  std::string bootstrap;  // "host:port[,host:port]..."
  std::string client_id = "daybook";
  // Within so long somebody must answer, or make_kafka_client() fails with a retriable error.
  std::optional<milliseconds> connect_timeout = std::nullopt;
  milliseconds linger{5};                // how long a record may wait for others in its batch
  milliseconds request_timeout{10'000};  // of one administrative request, its retries included
  milliseconds write_timeout{60'000};    // how long write() waits for room in the queue
  // What one reader may hold of records that were not fetched yet, as kafka/read_ahead.h counts it.
  std::size_t read_ahead_bytes = 64 << 20;
  // Of whoever may have to stop while the log does not answer.
  std::shared_ptr<Patience> patience = std::make_shared<Patience>();
  // librdkafka properties set last, as they are: security.protocol, sasl.*, ssl.*.
  std::map<std::string, std::string> properties;
};

// Unless `connect_timeout` says otherwise it does not connect: an address that nobody answers shows
// at the first request, as kUnavailable.
// kInvalid if `bootstrap` is empty or a property is refused.
Result<std::unique_ptr<LogClient>> make_kafka_client(const KafkaOptions& options);

// The same for transactions. `request_timeout` also bounds how long one waits to be committed.
std::unique_ptr<Transactions> make_kafka_transactions(const KafkaOptions& options);

}  // namespace daybook::client
