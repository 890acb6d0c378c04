#include "flow/rejected_topic.h"

namespace daybook::flow {
namespace {

constexpr client::milliseconds kFlushTimeout{30'000};

}  // namespace

RejectedRecord::RejectedRecord(const client::Batch& batch, const Rejection& rejection,
                               std::string_view topic, std::string_view task) {
  const auto& record = batch.records()[rejection.record];
  const auto& source = batch.sources()[record.source];
  partition_ = std::to_string(source.partition.value);
  offset_ = std::to_string(record.offset.value);
  record_.topic = topic;
  record_.partition = PartitionId{0};
  record_.timestamp = record.timestamp;
  record_.key = record.key;
  record_.value = record.value;
  record_.headers = batch.headers(rejection.record);
  record_.headers.push_back({"daybook.task", task});
  record_.headers.push_back({"daybook.topic", source.topic});
  record_.headers.push_back({"daybook.partition", partition_});
  record_.headers.push_back({"daybook.offset", offset_});
  record_.headers.push_back({"daybook.reason", rejection.reason});
}

std::unexpected<Error> stopped_by(const client::Batch& batch, const Rejection& rejection) {
  const auto& record = batch.records()[rejection.record];
  const auto& source = batch.sources()[record.source];
  return fail(ErrorCode::kInvalid,
              "event " + source.topic + "/" + std::to_string(source.partition.value) + ":" +
                  std::to_string(record.offset.value) +
                  " cannot be applied, and on_error is stop: " + rejection.reason);
}

RejectedTopic::RejectedTopic(client::LogClient& log, std::string topic, std::string task)
    : log_(log), topic_(topic + kRejectedSuffix), task_(std::move(task)) {}

Status RejectedTopic::write(const client::Batch& batch, const std::vector<Rejection>& rejections) {
  if (rejections.empty()) return {};
  const auto written = [&]() -> Status {
    DAYBOOK_TRY_VOID(open());
    for (const auto& rejection : rejections) {
      const RejectedRecord rejected(batch, rejection, topic_, task_);
      DAYBOOK_TRY_VOID(writer_->write(rejected.record()));
    }
    return writer_->flush(kFlushTimeout);
  }();
  if (written) return {};
  writer_.reset();  // an error ends a Writer
  return fail(written.error(), "cannot write rejected events to " + topic_);
}

Status RejectedTopic::open() {
  if (writer_ != nullptr) return {};
  const auto created = log_.create_topic({topic_, 1, {}});
  if (!created && created.error().code != ErrorCode::kAlreadyExists) return created;
  DAYBOOK_TRY(writer_, log_.make_writer());
  return {};
}

}  // namespace daybook::flow
