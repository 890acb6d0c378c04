// Any bytes as a record batch: framing, checking, decompressing and reading its records end in an
// error or in records, and records that were read are read again from a batch that is built of
// them. When the first byte is odd, length, magic and CRC are made right first, so that what lies
// behind them is reached.

#include <algorithm>
#include <limits>

#include "base/endian.h"
#include "wire/batch_builder.h"
#include "wire/record_batch.h"
#include "wire/record_reader.h"

namespace daybook::wire {
namespace {

constexpr std::size_t kMaxDecompressedBytes = std::size_t{1} << 20;

void repair(Bytes& bytes) {
  if (bytes.size() < kBatchHeaderSizeBytes) return;
  store_be(bytes.data() + batch_layout::kLengthAt,
           static_cast<std::int32_t>(bytes.size() - kBatchPrefixSizeBytes));
  store_be(bytes.data() + batch_layout::kMagicAt, kBatchMagic);
  store_be(bytes.data() + batch_layout::kCrcAt, BatchView(bytes).computed_crc());
}

// How many records there are; -1 if not all of them can be read. Adds them to `copy`.
std::int32_t read(const BatchView& batch, BatchBuilder* copy) {
  auto reader = RecordReader::open(batch, kMaxDecompressedBytes);
  if (!reader) return -1;
  Record record;
  for (std::int32_t count = 0;; ++count) {
    const Result<bool> more = reader->next(record);
    if (!more) return -1;
    if (!*more) return count;
    if (record.offset < batch.base_offset() || record.offset > batch.last_offset()) {
      __builtin_trap();
    }
    if (copy != nullptr) copy->add(record);
  }
}

void check(BytesView bytes) {
  const auto batch = frame_batch(bytes);
  if (!batch || !check_batch(*batch)) return;
  BatchBuilder copy({.base_offset = batch->base_offset(), .compression = batch->compression()});
  const std::int32_t count = read(*batch, &copy);
  if (count < 0) return;
  if (count != batch->record_count()) __builtin_trap();
  const Result<Bytes> again = std::move(copy).finish();
  if (!again || !check_batch(BatchView(*again)) || read(BatchView(*again), nullptr) != count) {
    __builtin_trap();
  }
}

}  // namespace
}  // namespace daybook::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto* const front = reinterpret_cast<const std::byte*>(data + 1);
  daybook::Bytes bytes(front, front + size - 1);
  if ((data[0] & 1) != 0) daybook::wire::repair(bytes);
  daybook::wire::check(bytes);
  return 0;
}
