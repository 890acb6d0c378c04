// What is sent: values that look like JSON of a payment, so that they compress about as events do,
// and the batches of them.

#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/random.h"
#include "settings.h"

namespace daybook::bench {

TimestampMs now_ms();

// A value of exactly `size_bytes`, different from the last.
std::string make_value(Random& random, std::size_t size_bytes);

struct Batch {
  Bytes bytes;
  std::int64_t records = 0;
};
// As many records as fit into settings.batch_bytes before compression, at least one.
Batch make_batch(const Settings& settings, Random& random);

}  // namespace daybook::bench
