// A view for the tests of this room: it keeps what it was asked, and answers with two rows. Its
// plan has one question.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "views/view.h"
#include "views/view_kind.h"

namespace daybook::http {

// Of a view with one question, who?name=... .
class FakePlan final : public views::ViewPlan {
 public:
  explicit FakePlan(std::vector<std::string> key) : key_(std::move(key)) {
    views::Question who;
    who.name = "who";
    who.meaning = "whose it is";
    who.parameters = {{.name = "name", .meaning = "of whom", .is_required = true}};
    questions_.push_back(std::move(who));
  }
  std::string_view kind() const override { return "fake"; }
  const std::vector<std::string>& key() const override { return key_; }
  const std::vector<views::Question>& questions() const override { return questions_; }
  std::string definition() const override { return "{}"; }
  std::vector<Error> check(const views::ViewSpec&) const override { return {}; }
  Result<std::unique_ptr<views::Fold>> make_fold(const views::ViewSpec&,
                                                 const client::Schema&) const override {
    return fail(ErrorCode::kUnsupported, "a fake");
  }

 private:
  const std::vector<std::string> key_;
  std::vector<views::Question> questions_;
};

// A view with two rows, (1, eu) and (2, us), that answers at the position it is asked for.
class FakeView final : public views::View, public views::ViewReader {
 public:
  explicit FakeView(std::string name, std::vector<std::string> key) : plan_(std::move(key)) {
    spec_.name = std::move(name);
  }

  void start() override {}
  void stop() override {}
  views::ViewStatus status() const override {
    views::ViewStatus status;
    status.name = spec_.name;
    status.state = "running";
    status.rows = 2;
    status.lag_events = 7;
    return status;
  }
  const views::ViewSpec& spec() const override { return spec_; }
  const views::ViewPlan& plan() const override { return plan_; }
  ViewReader& reader() override { return *this; }

  Result<int> rebuild() override { return 2; }
  Result<views::Difference> diff(const views::DiffOptions& options) override {
    views::Difference difference;
    difference.old_version = 1;
    difference.new_version = 2;
    difference.columns = {{.name = "account", .type = "BIGINT", .is_key = true}};
    difference.old_rows = difference.new_rows = 2;
    difference.changed = static_cast<std::int64_t>(options.samples);
    difference.samples = {{views::DifferenceSample::What::kMissing, {std::int64_t{1}}, {}}};
    return difference;
  }
  Result<views::SwapReport> swap(const views::SwapOptions& options) override {
    if (!options.force && options.max_difference_percent < 50) {
      return fail(ErrorCode::kInvalid, "they differ too much");
    }
    return views::SwapReport{.version = 2, .former = 1, .difference = {}};
  }
  Result<int> rollback() override { return fail(ErrorCode::kUnavailable, "not now"); }
  Result<int> drop(int version) override { return version; }

  Result<views::Answer> find(const std::vector<std::string>& key,
                             const views::ReadOptions& options) override {
    remember(key, options);
    if (key.front() == "slow") wait_until_released();
    if (!options.min_position.empty()) return fail(ErrorCode::kTimedOut, "not there yet");
    views::Answer answer = empty();
    if (key.front() == "1") answer.rows = {{std::int64_t{1}, "eu", "10.50", 0.5, {}}};
    return answer;
  }

  Result<views::Answer> query(const std::string& sql, const views::ReadOptions& options) override {
    remember({}, options);
    if (sql == "a bug") throw std::string("a bug");
    if (sql == "nonsense") return fail(ErrorCode::kInvalid, "near \"nonsense\": syntax error");
    views::Answer answer = empty();
    answer.rows = {{std::int64_t{1}, "eu", "10.50", 0.5, {}},
                   {std::int64_t{2}, "\xff", "-3.00", 1.5, {}}};
    answer.truncated = true;
    return answer;
  }

  Result<std::vector<views::CellRow>> look_up(const std::vector<views::ResultColumn>&,
                                              const std::vector<views::CellRow>&,
                                              const std::vector<views::ResultColumn>&,
                                              const views::ReadOptions&) override {
    return fail(ErrorCode::kUnavailable, "not asked for over HTTP");
  }

  Result<views::Answer> ask(const std::string& question, const views::Arguments& arguments,
                            const views::ReadOptions& options) override {
    DAYBOOK_TRY(const auto* found, views::find_question(plan_.questions(), spec_.name, question));
    DAYBOOK_TRY_VOID(views::check_arguments(*found, arguments));
    remember(arguments.all("name"), options);
    views::Answer answer = empty();
    answer.rows = {{std::int64_t{2}, "us", "-3.00", 1.5, {}}};
    return answer;
  }

  // One event of two; the key is remembered.
  Result<views::Explanation> explain(const std::vector<std::string>& key,
                                     const views::ExplainOptions& explaining,
                                     const views::ReadOptions& options) override {
    remember(key, options);
    if (key.front() == "no") return fail(ErrorCode::kUnsupported, "it has no rows by key");
    const auto shown = empty();
    const views::KeyRows rows = {{std::int64_t{1}, "eu", "10.50", 0.5, {}}};
    views::Explanation explanation{.version = 1,
                                   .topic = "bank.tx",
                                   .position = shown.position,
                                   .columns = shown.columns,
                                   .history = {.events = {}, .earlier = 1, .rows = rows},
                                   .events_read = explaining.read_limit,
                                   .missing = "the rest"};
    explanation.history.events = {{.partition = 0,
                                   .offset = static_cast<std::int64_t>(explaining.event_limit),
                                   .timestamp_ms = 5,
                                   .key = "k",
                                   .rows = rows}};
    return explanation;
  }

  Result<views::Answer> find_as_of(const std::vector<std::string>& key, const views::AsOf& as_of,
                                   const views::ExplainOptions& replay,
                                   const views::ReadOptions& options) override {
    return then(find(key, options), as_of, replay);
  }
  Result<views::Answer> query_as_of(const std::string& sql, const views::AsOf& as_of,
                                    const views::ExplainOptions& replay,
                                    const views::ReadOptions& options) override {
    return then(query(sql, options), as_of, replay);
  }
  Result<views::Answer> ask_as_of(const std::string& question, const views::Arguments& arguments,
                                  const views::AsOf& as_of, const views::ExplainOptions& replay,
                                  const views::ReadOptions& options) override {
    return then(ask(question, arguments, options), as_of, replay);
  }

  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }

  // Of the last request.
  std::vector<std::string> asked_key() const {
    const std::lock_guard lock(mutex_);
    return asked_key_;
  }
  views::ReadOptions asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // Of the last request about the past.
  views::ExplainOptions replayed() const {
    const std::lock_guard lock(mutex_);
    return replayed_;
  }

 private:
  void remember(const std::vector<std::string>& key, const views::ReadOptions& options) {
    const std::lock_guard lock(mutex_);
    asked_key_ = key;
    asked_ = options;
  }

  // The answer, at the position that was asked for; a time is offset 9.
  Result<views::Answer> then(Result<views::Answer> answer, const views::AsOf& as_of,
                             const views::ExplainOptions& replay) {
    if (!answer) return answer;
    const std::lock_guard lock(mutex_);
    replayed_ = replay;
    const auto* position = std::get_if<client::Position>(&as_of);
    answer->position = position != nullptr
                           ? *position
                           : client::Position{{{"bank.tx", PartitionId{0}}, Offset{9}}};
    return answer;
  }

  views::Answer empty() const {
    views::Answer answer;
    answer.version = 1;
    answer.columns = {{.name = "account", .type = "BIGINT", .is_key = true},
                      {.name = "region", .type = "VARCHAR"},
                      {.name = "balance", .type = "DECIMAL(18,2)"},
                      {.name = "share", .type = "DOUBLE"},
                      {.name = "note", .type = "VARCHAR"}};
    answer.position[{"bank.tx", PartitionId{0}}] = Offset{1200};
    return answer;
  }

  void wait_until_released() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return released_; });
  }

  views::ViewSpec spec_;
  const FakePlan plan_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
  std::vector<std::string> asked_key_;
  views::ReadOptions asked_;
  views::ExplainOptions replayed_;
};

}  // namespace daybook::http
