// The codecs of record batches, in the framing that Kafka's Java client gives each:
//   gzip    one or more gzip members
//   snappy  xerial's blocks behind its 16-byte header; raw snappy (as librdkafka may send) is read
//   too lz4     the LZ4 frame format zstd    one or more zstd frames
// Any thread; contexts are made per call.

#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/record_batch.h"

namespace daybook::wire {

// kInvalid if the codec refuses.
Result<Bytes> compress(Compression codec, BytesView input);

// kCorrupt if `input` is not whole and valid for the codec, or would give more than `max_bytes`.
// Memory for the output is taken as it appears, never because the input announces it.
Result<Bytes> decompress(Compression codec, BytesView input, std::size_t max_bytes);

}  // namespace daybook::wire
