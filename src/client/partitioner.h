// Where a key goes: Kafka's default partitioner (murmur2 over the key's bytes), as the Java client
// and librdkafka's `murmur2` compute it, so that whoever writes a key, it lands in one partition.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.h"

namespace daybook::client {

// `partitions` is at least 1.
PartitionId partition_for_key(std::string_view key, std::int32_t partitions);

}  // namespace daybook::client
