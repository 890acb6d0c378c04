// A TransactionalWriter over librdkafka's transactional producer.

#pragma once

#include <memory>
#include <string>

#include "client/kafka_client.h"
#include "client/transactions.h"

namespace daybook::client::kafka {

// How long the log leaves a transaction open whose writer has died, if no other writer of its id
// comes first: so long at most do readers wait for what follows it.
inline constexpr milliseconds kTransactionTimeout{15'000};

Result<std::unique_ptr<TransactionalWriter>> make_transactional_writer(const KafkaOptions& options,
                                                                       const std::string& id);

}  // namespace daybook::client::kafka
