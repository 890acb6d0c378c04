// The codecs of record batches, in the framing that Kafka's Java client gives each:
//   gzip    one or more gzip members
//   snappy  xerial's blocks behind its 16-byte header; raw snappy (as librdkafka may send) is read
//   too lz4     the LZ4 frame format zstd    one or more zstd frames
// Any thread; contexts are made per call.

#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/record_batch.h"

namespace daybook::wire {

// Bytes in memory that was not cleared before they were written to it.
class Decompressed {
 public:
  Decompressed() = default;
  Decompressed(std::unique_ptr<std::byte[]> memory, std::size_t size_bytes)
      : memory_(std::move(memory)), size_bytes_(size_bytes) {}

  // Valid as long as the memory is, whoever it was moved to.
  BytesView bytes() const { return {memory_.get(), size_bytes_}; }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_bytes_ = 0;
};

// kInvalid if the codec refuses.
Result<Bytes> compress(Compression codec, BytesView input);

// kCorrupt if `input` is not whole and valid for the codec, or would give more than `max_bytes`.
// Memory for the output is taken as it appears, never because the input announces it.
Result<Decompressed> decompress(Compression codec, BytesView input, std::size_t max_bytes);

}  // namespace daybook::wire
