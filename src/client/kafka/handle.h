// What reader, writer and administration share of librdkafka: owned handles, a configuration made
// from KafkaOptions, and the translation of its error codes into ours. Only client/kafka/ includes
// librdkafka.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "base/result.h"
#include "client/kafka_client.h"

namespace daybook::client::kafka {

// Frees a C object with the function that the library has for it.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using ConfPtr = std::unique_ptr<rd_kafka_conf_t, Freed<rd_kafka_conf_destroy>>;
using TopicPtr = std::unique_ptr<rd_kafka_topic_t, Freed<rd_kafka_topic_destroy>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Freed<rd_kafka_queue_destroy>>;
using ListPtr =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Freed<rd_kafka_topic_partition_list_destroy>>;

// Shared, because a batch keeps the client that it came from.
using HandlePtr = std::shared_ptr<rd_kafka_t>;

using Properties = std::vector<std::pair<std::string_view, std::string>>;

// The common properties, then `properties`, then those of the options. kInvalid if one is refused.
Result<ConfPtr> make_conf(const KafkaOptions& options, const Properties& properties);

// Takes the configuration; kInvalid with the library's reason if it does not fit together.
Result<HandlePtr> make_handle(rd_kafka_type_t type, ConfPtr conf);

ErrorCode code_of(rd_kafka_resp_err_t error);

// "what: the library's text", classified.
std::unexpected<Error> kafka_fail(rd_kafka_resp_err_t error, std::string_view what);

// The same, with the text that the broker gave instead of the library's own.
std::unexpected<Error> kafka_fail(rd_kafka_resp_err_t error, std::string_view what,
                                  std::string_view detail);

int timeout_ms(milliseconds timeout);

inline constexpr std::size_t kReasonBytes = 512;  // room for why the library refuses something
// By how much longer to wait than the library, so that its own timeout fires first.
inline constexpr milliseconds kMarginOverLibrary{2'000};

}  // namespace daybook::client::kafka
