// Recovery's judgement of a segment: from bytes to a verdict, with no file in sight. The bytes are
// fed in pieces of any size, and the verdict does not depend on where they were cut.
//
//   clean        whole, valid batches up to the end
//   torn tail    valid batches up to byte N, then something else, and none of that was known to be
//                durable: a crash tore it, nobody was told that it is stored, and it may be cut
//   corrupt      something else before the end of what was known to be durable: bytes that were
//                stored have changed or gone, and nothing may be cut
//
// A batch is valid if its length, magic and CRC-32C hold, its offsets are not below those before
// it, and it ends inside the bytes. An input/output error is not a verdict: whoever feeds the bytes
// stops, and nothing is known.
//
// Memory: the header of one batch, and all of it if it is a small control batch. One thread.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "wire/record_batch.h"

namespace daybook::log {

enum class Verdict : std::uint8_t { kClean, kTornTail, kCorrupt };

struct Judgement {
  Verdict verdict;
  std::uint64_t valid_end;  // position behind the last valid batch: "torn at" or "corrupt at"
  Offset next_offset;       // one past the last valid batch's
  std::string reason;       // what was found at valid_end; empty if clean
};

// Where to begin and what is known.
struct JudgeFrom {
  std::uint64_t position = 0;     // of the first byte that is fed; a batch begins there
  std::uint64_t size = 0;         // of the whole segment: the position behind the last byte fed
  std::uint64_t durable_end = 0;  // what is before this position was once durable
  Offset next_offset{0};          // no batch may begin below it
};

class SegmentJudge {
 public:
  // Called for each valid batch in order, with its position and its 61 header bytes; a control
  // batch of at most kMaxControlBatchBytes is there as a whole.
  using OnBatch = std::function<void(std::uint64_t position, const wire::BatchView& header,
                                     std::uint32_t size_bytes)>;
  static constexpr std::size_t kMaxControlBatchBytes = 256;

  SegmentJudge(const JudgeFrom& from, OnBatch on_batch);

  // False once the rest does not matter any more.
  bool feed(BytesView bytes);
  Judgement finish();

 private:
  bool keeps_whole() const;
  void check_header();
  void end_batch();
  void damaged(std::string reason);

  JudgeFrom from_;
  OnBatch on_batch_;
  std::uint64_t batch_at_;  // where the batch at hand begins: everything before is valid
  Offset next_offset_;
  std::array<std::byte, wire::kBatchHeaderSizeBytes> header_{};
  Bytes control_;                  // the batch at hand as far as it was fed, if it is kept whole
  std::size_t header_bytes_ = 0;   // how much of the header has been fed
  std::uint64_t batch_bytes_ = 0;  // its size, once the header is whole
  std::uint64_t left_ = 0;         // of the batch, behind what was fed
  std::uint32_t crc_ = 0;
  std::string reason_;  // not empty: damaged at batch_at_
};

}  // namespace daybook::log
