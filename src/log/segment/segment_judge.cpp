#include "log/segment/segment_judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crc32c.h"

namespace daybook::log {

namespace layout = wire::batch_layout;

SegmentJudge::SegmentJudge(const JudgeFrom& from, OnBatch on_batch)
    : from_(from),
      on_batch_(std::move(on_batch)),
      batch_at_(from.position),
      next_offset_(from.next_offset) {}

bool SegmentJudge::feed(BytesView bytes) {
  while (!bytes.empty() && reason_.empty()) {
    if (header_bytes_ < header_.size()) {
      const std::size_t n = std::min(bytes.size(), header_.size() - header_bytes_);
      std::ranges::copy(bytes.first(n),
                        header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
      header_bytes_ += n;
      bytes = bytes.subspan(n);
      if (header_bytes_ == header_.size()) check_header();
    } else {
      const std::size_t n = std::min<std::uint64_t>(bytes.size(), left_);
      crc_ = crc32c(bytes.first(n), crc_);
      if (keeps_whole())
        control_.insert(control_.end(), bytes.begin(),
                        bytes.begin() + static_cast<std::ptrdiff_t>(n));
      left_ -= n;
      bytes = bytes.subspan(n);
    }
    if (reason_.empty() && header_bytes_ == header_.size() && left_ == 0) end_batch();
  }
  return reason_.empty();
}

bool SegmentJudge::keeps_whole() const {
  return wire::BatchView(header_).is_control() && batch_bytes_ <= kMaxControlBatchBytes;
}

void SegmentJudge::check_header() {
  const wire::BatchView header(header_);
  const auto length = load_be<std::int32_t>(header_.data() + layout::kLengthAt);
  const std::uint64_t rest = from_.size - batch_at_;
  if (header.magic() != wire::kBatchMagic) {
    return damaged(fmt::format("a batch of format {}, not {}", header.magic(), wire::kBatchMagic));
  }
  constexpr auto kMinLength =
      static_cast<std::int32_t>(wire::kBatchHeaderSizeBytes - wire::kBatchPrefixSizeBytes);
  if (length < kMinLength) return damaged(fmt::format("a batch with a length of {}", length));
  batch_bytes_ = wire::kBatchPrefixSizeBytes + static_cast<std::uint64_t>(length);
  if (batch_bytes_ > rest) {
    return damaged(fmt::format("a batch of {} bytes where {} are left", batch_bytes_, rest));
  }
  if (header.base_offset() < next_offset_) {
    return damaged(fmt::format("a batch with base offset {} behind offset {}",
                               header.base_offset().value, next_offset_.value - 1));
  }
  if (header.last_offset_delta() < 0) {
    return damaged(fmt::format("a batch that spans {} offsets", header.last_offset_delta()));
  }
  crc_ = crc32c(BytesView(header_).subspan(layout::kAttributesAt));
  left_ = batch_bytes_ - header_.size();
  if (keeps_whole()) control_.assign(header_.begin(), header_.end());
}

void SegmentJudge::end_batch() {
  const wire::BatchView header(header_);
  if (crc_ != header.crc()) {
    return damaged(
        fmt::format("a batch with CRC {:08x} whose bytes give {:08x}", header.crc(), crc_));
  }
  const wire::BatchView given = keeps_whole() ? wire::BatchView(control_) : header;
  if (on_batch_) on_batch_(batch_at_, given, static_cast<std::uint32_t>(batch_bytes_));
  batch_at_ += batch_bytes_;
  next_offset_ = header.next_offset();
  header_bytes_ = 0;
}

void SegmentJudge::damaged(std::string reason) {
  reason_ = std::move(reason);
}

Judgement SegmentJudge::finish() {
  if (reason_.empty() && batch_at_ < from_.size) {
    damaged(fmt::format("{} bytes, too few for a batch", from_.size - batch_at_));
  }
  if (reason_.empty() && batch_at_ < from_.durable_end) {
    damaged(fmt::format("the end of the file, though it once had {} bytes", from_.durable_end));
  }
  Verdict verdict = Verdict::kClean;
  if (!reason_.empty()) {
    verdict = batch_at_ < from_.durable_end ? Verdict::kCorrupt : Verdict::kTornTail;
  }
  return {verdict, batch_at_, next_offset_, reason_};
}

}  // namespace daybook::log
