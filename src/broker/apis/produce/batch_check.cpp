#include "broker/apis/produce/batch_check.h"

#include <utility>

#include "wire/record_reader.h"

namespace daybook::broker::apis {
namespace {

std::unexpected<Refusal> refuse(KafkaError error, std::string message,
                                std::optional<std::int32_t> record = std::nullopt) {
  return std::unexpected(Refusal{error, std::move(message), record});
}

std::unexpected<Refusal> refuse(const wire::BatchFault& fault) {
  using Kind = wire::BatchFault::Kind;
  const bool damaged = fault.kind == Kind::kBadCrc || fault.kind == Kind::kIncomplete ||
                       fault.kind == Kind::kBadLength;
  return refuse(damaged ? KafkaError::kCorruptMessage : KafkaError::kInvalidRecord, fault.message);
}

// In a compacted topic a record without a key could never be replaced.
std::expected<void, Refusal> check_keys(const wire::BatchView& batch) {
  auto reader = wire::RecordReader::open(batch);
  if (!reader) return refuse(KafkaError::kCorruptMessage, reader.error().message);
  wire::Record record;
  for (std::int32_t i = 0;; ++i) {
    const Result<bool> more = reader->next(record);
    if (!more) return refuse(KafkaError::kCorruptMessage, more.error().message);
    if (!*more) return {};
    if (!record.key) {
      return refuse(KafkaError::kInvalidRecord,
                    "a record without a key cannot be kept in a compacted topic", i);
    }
  }
}

}  // namespace

std::expected<wire::BatchView, Refusal> check_batch(const TopicSettings& settings,
                                                    std::optional<BytesView> records) {
  if (!records || records->empty()) {
    return refuse(KafkaError::kInvalidRecord, "the request brings no record batch");
  }
  if (records->size() > settings.max_batch_bytes) {
    return refuse(KafkaError::kMessageTooLarge,
                  "the record batch has " + std::to_string(records->size()) +
                      " bytes and max.message.bytes of the topic is " +
                      std::to_string(settings.max_batch_bytes));
  }
  const auto batch = wire::frame_batch(*records);
  if (!batch) return refuse(batch.error());
  if (batch->size_bytes() != records->size()) {
    return refuse(KafkaError::kInvalidRecord,
                  "the request brings more than one record batch for a partition");
  }
  if (const auto checked = wire::check_produced_batch(*batch); !checked) {
    return refuse(checked.error());
  }
  if (const Status records_checked = wire::check_produced_records(*batch); !records_checked) {
    return refuse(KafkaError::kCorruptMessage, records_checked.error().message);
  }
  if (settings.compacted) {
    if (auto keyed = check_keys(*batch); !keyed) return std::unexpected(std::move(keyed).error());
  }
  return *batch;
}

}  // namespace daybook::broker::apis
