#include "flow/exec/exec_transform.h"

#include <algorithm>
#include <map>

#include "flow/exec/answer.h"
#include "flow/exec/answer_columns.h"
#include "flow/exec/batch_size.h"
#include "flow/exec/event_line.h"
#include "flow/exec/program.h"
#include "flow/row_output.h"

namespace daybook::flow {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMaxOutputBytes = 256u << 20;  // of one batch

class ExecTransform final : public Transform {
 public:
  explicit ExecTransform(const ProcessorSpec& spec) : spec_(spec), output_(spec_.outputs) {}

  Status open() {
    DAYBOOK_TRY(columns_, AnswerColumns::make(spec_));
    return {};
  }

  const std::vector<client::Column>& columns() const override { return columns_->columns(); }
  void set_partitions(std::vector<std::int32_t> partitions) override {
    output_.set_partitions(std::move(partitions));
  }
  std::size_t max_events() const override { return size_.max_events(); }

  // No event knows of another: a program that runs goes on with other partitions.
  Status assign(const client::Position& start) override {
    if (program_ != nullptr || start.empty()) return {};
    auto started = Program::start(*spec_.exec, spec_.name);
    if (!started) return std::unexpected(std::move(started.error()));
    const std::lock_guard lock(mutex_);
    program_ = std::move(*started);
    if (is_cancelled_) program_->cancel();
    return {};
  }

  Result<std::vector<Rejection>> compute(const client::Batch& batch) override {
    output_.clear();
    rejected_.clear();
    asked_.clear();
    columns_->clear();
    bytes_ = 0;
    const auto began = steady_clock::now();
    auto done = ask(batch);
    if (!done) return fail(std::move(done.error()), "program " + spec_.exec->command.front());
    DAYBOOK_TRY_VOID(columns_->finish(output_, rejected_));
    output_.finish(batch, rejected_);
    const auto time = steady_clock::now() - began;
    size_.learn(batch.records().size(), std::chrono::duration_cast<std::chrono::milliseconds>(time),
                bytes_);
    std::vector<Rejection> rejections;
    for (auto& [record, reason] : rejected_) rejections.push_back({record, std::move(reason)});
    return rejections;
  }

  Status emit(client::TransactionalWriter& writer) override { return output_.emit(writer); }

  Status idle() override {
    if (program_ == nullptr) return {};
    auto done = program_->look();
    if (!done) return fail(std::move(done.error()), "program " + spec_.exec->command.front());
    return {};
  }

  void cancel() override {
    const std::lock_guard lock(mutex_);
    is_cancelled_ = true;
    if (program_ != nullptr) program_->cancel();
  }

 private:
  // Every event, in the batch's order.
  Status ask(const client::Batch& batch) {
    std::size_t next = 0;
    std::size_t answered = 0;
    auto done = program_->converse(
        [&](std::string& line) {
          while (next < batch.records().size()) {
            const auto record = next++;
            auto fault = append_event_line(batch, record, line);
            if (!fault) {
              asked_.push_back(record);
              return true;
            }
            rejected_.emplace(record, std::move(*fault));
          }
          return false;
        },
        [&](std::string_view line) -> Status {
          const auto record = asked_[answered];
          DAYBOOK_TRY_VOID(take(batch, record, line));
          ++answered;
          return {};
        });
    if (done || answered == asked_.size()) return done;
    const auto& first = batch.records()[asked_[answered]];
    const auto& source = batch.sources()[first.source];
    done.error().message += "; the first event without an answer is " + source.topic + "/" +
                            std::to_string(source.partition.value) + ":" +
                            std::to_string(first.offset.value);
    return done;
  }

  Status take(const client::Batch& batch, std::size_t record, std::string_view line) {
    const auto& event = batch.records()[record];
    const auto& source = batch.sources()[event.source];
    auto answer = parse_answer(line, {source.topic, source.partition.value, event.offset.value});
    if (!answer) return fail(std::move(answer.error()), "it answered");
    bytes_ += line.size();
    if (bytes_ > kMaxOutputBytes) {
      return fail(ErrorCode::kNoSpace, "it answered one transaction with more than " +
                                           std::to_string(kMaxOutputBytes >> 20) +
                                           " MiB: set a smaller \"max_batch\"");
    }
    if (answer->reject_reason) {
      rejected_.emplace(record, std::move(*answer->reject_reason));
      return {};
    }
    for (auto& made : answer->events) {
      made.record.record = record;
      columns_->take(std::move(made), output_, rejected_);
    }
    return {};
  }

  const ProcessorSpec spec_;
  std::unique_ptr<AnswerColumns> columns_;
  RowOutput output_;
  BatchSize size_;
  std::vector<std::size_t> asked_;    // records of the batch
  AnswerColumns::Rejected rejected_;  // the same
  std::size_t bytes_ = 0;             // of the answers to the batch

  std::mutex mutex_;  // of what cancel() reads
  bool is_cancelled_ = false;
  std::unique_ptr<Program> program_;
};

}  // namespace

Result<std::unique_ptr<Transform>> make_exec_transform(const ProcessorSpec& spec) {
  auto transform = std::make_unique<ExecTransform>(spec);
  DAYBOOK_TRY_VOID(transform->open());
  return transform;
}

std::vector<std::string> check_exec(const ProcessorSpec& spec) {
  std::vector<std::string> messages;
  const auto program = io::find_program(spec.exec->command.front(), spec.exec->folder);
  if (!program) messages.push_back(program.error().message);
  const auto made = make_exec_transform(spec);
  if (!made) messages.push_back(made.error().message);
  return messages;
}

}  // namespace daybook::flow
