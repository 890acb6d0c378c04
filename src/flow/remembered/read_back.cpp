#include "flow/remembered/read_back.h"

namespace daybook::flow {
namespace {

constexpr std::size_t kReadBackRecords = 50'000;
constexpr std::size_t kReadBackBytes = 32u << 20;
constexpr client::milliseconds kReadBackWait{500};
constexpr int kMaxQuietReads = 40;  // in a row, after which reading back has failed

Result<std::unique_ptr<client::Batch>> fetch(client::Reader& reader) {
  for (int i = 0; i < kMaxQuietReads; ++i) {
    DAYBOOK_TRY(auto batch, reader.fetch(kReadBackRecords, kReadBackBytes, kReadBackWait));
    if (!batch->records().empty()) return batch;
  }
  return fail(ErrorCode::kTimedOut, "nothing came");
}

// The records of a batch of one partition before an offset.
class PartOfBatch final : public client::Batch {
 public:
  PartOfBatch(const client::Batch& whole, Offset end) : whole_(whole) {
    for (const auto& record : whole.records()) {
      if (record.offset < end) records_.push_back(record);
    }
  }
  const std::vector<client::TopicPartition>& sources() const override { return whole_.sources(); }
  const std::vector<client::RecordView>& records() const override { return records_; }
  std::vector<client::HeaderView> headers(std::size_t record) const override {
    return whole_.headers(record);  // the first of the whole are ours
  }

 private:
  const client::Batch& whole_;
  std::vector<client::RecordView> records_;
};

}  // namespace

Result<std::optional<TimestampMs>> time_before(client::LogClient& log,
                                               const client::TopicPartition& partition,
                                               Offset end) {
  DAYBOOK_TRY(const auto reader, log.make_reader());
  DAYBOOK_TRY_VOID(reader->assign({{partition, Offset{end.value - 1}}}));
  DAYBOOK_TRY(const auto last, fetch(*reader));
  const auto& newest = last->records().front();
  return newest.offset < end ? std::optional(newest.timestamp) : std::nullopt;
}

Status read_back(client::LogClient& log, const client::TopicPartition& partition, Offset from,
                 Offset end, const std::function<Status(const client::Batch&)>& take) {
  DAYBOOK_TRY(const auto reader, log.make_reader());
  DAYBOOK_TRY_VOID(reader->assign({{partition, from}}));
  for (Offset next = from; next < end;) {
    DAYBOOK_TRY(const auto batch, fetch(*reader));
    DAYBOOK_TRY_VOID(take(PartOfBatch(*batch, end)));
    next = batch->records().back().offset.next();
  }
  return {};
}

}  // namespace daybook::flow
