// What the broker asks of the records that a client wants to append to a topic, before it stores
// them for ever. Pure.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "broker/topics/topic.h"
#include "wire/record_batch.h"

namespace daybook::broker::apis {

struct Refusal {
  KafkaError error = KafkaError::kNone;
  std::string message;
  std::optional<std::int32_t> record;  // index in the batch of the one that is to blame
};

// The one batch that `records` is, or why it cannot be appended. Its checksum, its fields and every
// record in it have been checked. The view points into `records`.
std::expected<wire::BatchView, Refusal> check_batch(const TopicSettings& settings,
                                                    std::optional<BytesView> records);

}  // namespace daybook::broker::apis
