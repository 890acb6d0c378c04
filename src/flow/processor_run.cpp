#include "flow/processor_run.h"

#include <algorithm>
#include <string_view>

#include "flow/processor_record.h"
#include "flow/rejected_topic.h"

namespace daybook::flow {
namespace {

constexpr std::size_t kMaxBatchBytes = 32u << 20;
constexpr std::size_t kMaxBatchesOfEnds = 100;  // in a row, that are not committed

std::string rejected_topic(const client::Batch& batch, const Rejection& rejection) {
  return batch.sources()[batch.records()[rejection.record].source].topic + kRejectedSuffix;
}

}  // namespace

ProcessorRun::ProcessorRun(client::LogClient& log, client::Transactions& transactions,
                           const ProcessorSpec& spec, const ProcessorIdentity& identity,
                           std::vector<TopicSchema>* topics)
    : log_(log), transactions_(transactions), spec_(spec), identity_(identity), topics_(topics) {}

Status ProcessorRun::open(std::vector<client::Schema> schemas, const MakeTransform& make) {
  schemas_ = std::move(schemas);
  DAYBOOK_TRY(transform_, make(log_, spec_, schemas_));
  DAYBOOK_TRY_VOID(set_up_outputs());
  // The writer first: what an earlier one left open is ended before offsets are asked for.
  DAYBOOK_TRY(writer_, transactions_.make_writer(identity_.group + "." + identity_.instance));
  client::GroupSpec group{identity_.group, {}, identity_.instance};
  for (const auto& input : spec_.inputs) group.topics.push_back(input.topic);
  DAYBOOK_TRY(member_, transactions_.join(group));
  return {};
}

// A topic that is missing gets as many partitions as the largest input has: then an event that
// keeps its key keeps its partition.
Status ProcessorRun::set_up_outputs() {
  std::int32_t partitions = 1;
  for (const auto& input : spec_.inputs) {
    DAYBOOK_TRY(const auto topic, log_.describe_topic(input.topic));
    partitions = std::max(partitions, topic.partitions);
  }
  for (const auto& output : spec_.outputs) {
    const auto created = log_.create_topic({output.topic, partitions, {}});
    if (!created && created.error().code != ErrorCode::kAlreadyExists) return created;
    if (transform_->columns().empty()) continue;
    DAYBOOK_TRY_VOID(client::publish_schema(log_, output.topic,
                                            {client::Envelope::kPlain, transform_->columns()}));
  }
  DAYBOOK_TRY_VOID(record_processor(log_, identity_.group, spec_));
  return look_at_outputs();
}

Status ProcessorRun::look_at_outputs() {
  std::vector<std::int32_t> partitions;
  for (const auto& output : spec_.outputs) {
    DAYBOOK_TRY(const auto topic, log_.describe_topic(output.topic));
    partitions.push_back(topic.partitions);
  }
  transform_->set_partitions(std::move(partitions));
  return {};
}

// A schema is published before the first event of its shape: what does not fit the one that was
// read may fit a newer one.
Result<bool> ProcessorRun::has_new_schemas(const client::Batch& batch,
                                           const std::vector<Rejection>& rejections) {
  if (!spec_.needs_columns() || topics_ == nullptr) return false;
  for (std::size_t i = 0; i < spec_.inputs.size(); ++i) {
    if (spec_.inputs[i].declared) continue;
    std::vector<std::string_view> values;
    for (const auto& rejection : rejections) {
      const auto& record = batch.records()[rejection.record];
      const bool is_of_input = batch.sources()[record.source].topic == spec_.inputs[i].topic;
      if (is_of_input && !rejection.is_late && record.value) values.push_back(*record.value);
    }
    DAYBOOK_TRY(const auto newer, (*topics_)[i].find_for(schemas_[i], values));
    if (newer) return true;
  }
  return false;
}

Result<ProcessorRun::Step> ProcessorRun::step(client::milliseconds max_wait) {
  const auto max_events = std::min(spec_.max_batch_events, transform_->max_events());
  DAYBOOK_TRY(const auto batch, member_->fetch(max_events, kMaxBatchBytes, max_wait));
  if (member_->assignments() != assignments_) {
    assignments_ = member_->assignments();
    position_ = member_->assigned();
    kept_ends_.clear();
    batches_of_ends_ = 0;
    DAYBOOK_TRY_VOID(transform_->assign(position_));
  }
  if (batch->records().empty()) {
    DAYBOOK_TRY_VOID(transform_->idle());
    DAYBOOK_TRY_VOID(keep_ends(*batch));
    return Step{};
  }
  return apply(*batch);
}

Result<ProcessorRun::Step> ProcessorRun::apply(const client::Batch& batch) {
  DAYBOOK_TRY(const auto rejections, transform_->compute(batch));
  const auto wrong = std::ranges::find(rejections, false, &Rejection::is_late);
  if (wrong != rejections.end()) {
    DAYBOOK_TRY(const bool is_outdated, has_new_schemas(batch, rejections));
    if (is_outdated) return Step{.is_outdated = true};
    if (spec_.stop_on_error) return stopped_by(batch, *wrong);
  }
  DAYBOOK_TRY_VOID(make_rejected_topics(batch, rejections));
  DAYBOOK_TRY_VOID(commit(batch, rejections));
  const auto late = std::ranges::count(rejections, true, &Rejection::is_late);
  return Step{.events = batch.records().size(),
              .rejected = rejections.size(),
              .late = static_cast<std::size_t>(late)};
}

Status ProcessorRun::keep_ends(const client::Batch& batch) {
  if (batch.ends().empty()) return kept_ends_.empty() ? Status() : commit(batch, {});
  client::advance(kept_ends_, batch);
  return ++batches_of_ends_ < kMaxBatchesOfEnds ? Status() : commit(batch, {});
}

Status ProcessorRun::commit(const client::Batch& batch, const std::vector<Rejection>& rejections) {
  auto next = kept_ends_;
  client::advance(next, batch);
  if (auto done = write(batch, rejections, next); !done) {
    const auto code = done.error().code;
    const bool may_answer = code != ErrorCode::kOutcomeUnknown && code != ErrorCode::kTimedOut;
    if (may_answer) static_cast<void>(writer_->abort());  // else the log does, in time
    return std::unexpected(std::move(done.error()));
  }
  for (const auto& [partition, offset] : next) position_[partition] = offset;
  kept_ends_.clear();
  batches_of_ends_ = 0;
  return {};
}

Status ProcessorRun::write(const client::Batch& batch, const std::vector<Rejection>& rejections,
                           const client::Position& next) {
  DAYBOOK_TRY_VOID(writer_->begin());
  if (!batch.records().empty()) DAYBOOK_TRY_VOID(transform_->emit(*writer_));
  for (const auto& rejection : rejections) {
    const auto topic = rejected_topic(batch, rejection);
    const RejectedRecord rejected(batch, rejection, topic, spec_.name);
    DAYBOOK_TRY_VOID(writer_->write(rejected.record()));
  }
  return writer_->commit(*member_, next);
}

Status ProcessorRun::make_rejected_topics(const client::Batch& batch,
                                          const std::vector<Rejection>& rejections) {
  for (const auto& rejection : rejections) {
    const auto topic = rejected_topic(batch, rejection);
    if (rejected_topics_.contains(topic)) continue;
    const auto created = log_.create_topic({topic, 1, {}});
    if (!created && created.error().code != ErrorCode::kAlreadyExists) return created;
    rejected_topics_.insert(topic);
  }
  return {};
}

}  // namespace daybook::flow
