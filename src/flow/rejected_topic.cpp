#include "flow/rejected_topic.h"

namespace daybook::flow {
namespace {

constexpr client::milliseconds kFlushTimeout{30'000};

}  // namespace

RejectedTopic::RejectedTopic(client::LogClient& log, std::string topic, std::string task)
    : log_(log), topic_(topic + ".rejected"), task_(std::move(task)) {}

Status RejectedTopic::write(const client::Batch& batch, const std::vector<Rejection>& rejections) {
  if (rejections.empty()) return {};
  const auto written = [&]() -> Status {
    DAYBOOK_TRY_VOID(open());
    for (const auto& rejection : rejections) DAYBOOK_TRY_VOID(write_one(batch, rejection));
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

Status RejectedTopic::write_one(const client::Batch& batch, const Rejection& rejection) {
  const auto& record = batch.records()[rejection.record];
  const auto& source = batch.sources()[record.source];
  const auto partition = std::to_string(source.partition.value);
  const auto offset = std::to_string(record.offset.value);
  client::OutgoingRecord out;
  out.topic = topic_;
  out.partition = PartitionId{0};
  out.timestamp = record.timestamp;
  out.key = record.key;
  out.value = record.value;
  out.headers = batch.headers(rejection.record);
  out.headers.push_back({"daybook.task", task_});
  out.headers.push_back({"daybook.topic", source.topic});
  out.headers.push_back({"daybook.partition", partition});
  out.headers.push_back({"daybook.offset", offset});
  out.headers.push_back({"daybook.reason", rejection.reason});
  return writer_->write(out);
}

}  // namespace daybook::flow
