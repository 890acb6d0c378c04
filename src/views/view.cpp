#include "views/view.h"

#include <mutex>

#include "flow/position_text.h"
#include "views/life/view_life.h"
#include "views/lineage/explain.h"
#include "views/past/past_version.h"

namespace daybook::views {
namespace {

class TaskView final : public View, public ViewReader {
 public:
  TaskView(ViewSpec spec, std::shared_ptr<const ViewPlan> plan, const ViewContext& context)
      : log_(context.log),
        files_(context.files),
        spec_(spec),
        plan_(plan),
        life_({std::move(spec), std::move(plan)}, context) {}

  Status open() { return life_.open(); }
  void start() override { life_.start(); }
  void stop() override { life_.stop(); }
  const ViewSpec& spec() const override { return spec_; }
  const ViewPlan& plan() const override { return *plan_; }
  ViewReader& reader() override { return *this; }

  ViewStatus status() const override {
    const auto task = life_.status();
    ViewStatus status;
    status.name = spec_.name;
    status.kind = plan_->kind();
    status.state = to_string(task.state);
    status.detail = task.detail;
    if (const auto serving = life_.serving()) {
      status.version = serving->info().version;
      status.columns = serving->info().columns;
    }
    status.position = life_.board().latest();
    status.rows = life_.rows();
    status.lag_events = task.lag_events;
    status.events_applied = task.events_applied;
    status.events_per_s = task.events_per_s;
    status.rejected = task.rejected;
    status.last_error = task.last_error;
    status.versions = life_.versions();
    return status;
  }

  Result<int> rebuild() override { return life_.rebuild(); }
  Result<Difference> diff(const DiffOptions& options) override { return life_.diff(options); }
  Result<SwapReport> swap(const SwapOptions& options) override { return life_.swap(options); }
  Result<int> rollback() override { return life_.rollback(); }
  Result<int> drop(int version) override { return life_.drop(version); }

  Result<Answer> find(const std::vector<std::string>& key, const ReadOptions& options) override {
    DAYBOOK_TRY(const auto version, version_at(options));
    return version->find(plan_->key(), key, options);
  }

  Result<Answer> query(const std::string& sql, const ReadOptions& options) override {
    DAYBOOK_TRY(const auto version, version_at(options));
    return version->query(sql, options);
  }

  Result<std::vector<CellRow>> look_up(const std::vector<ResultColumn>& key,
                                       const std::vector<CellRow>& keys,
                                       const std::vector<ResultColumn>& columns,
                                       const ReadOptions& options) override {
    DAYBOOK_TRY(const auto version, version_at({}));
    return version->look_up(key, keys, columns, options);
  }

  Result<Answer> ask(const std::string& question, const Arguments& arguments,
                     const ReadOptions& options) override {
    DAYBOOK_TRY(const auto* found, question_of(question, arguments));
    DAYBOOK_TRY(const auto version, version_at(options));
    return found->answer(*version, arguments, options);
  }

  Result<Explanation> explain(const std::vector<std::string>& key, const ExplainOptions& explaining,
                              const ReadOptions& options) override {
    return look_back(
        explaining, options,
        [&](const Definition& definition, VersionReader& version, const ExplainOptions& bounded) {
          return views::explain_row(log_, definition, version, key, bounded);
        });
  }

  Result<Answer> find_as_of(const std::vector<std::string>& key, const AsOf& as_of,
                            const ExplainOptions& explaining, const ReadOptions& options) override {
    return look_back(
        explaining, options,
        [&](const Definition& definition, VersionReader& version, const ExplainOptions& bounded) {
          return views::find_as_of(log_, definition, version, key, as_of, bounded);
        });
  }

  Result<Answer> query_as_of(const std::string& sql, const AsOf& as_of,
                             const ExplainOptions& replay, const ReadOptions& options) override {
    return ask_past(as_of, replay, options,
                    [&](VersionReader& past) { return past.query(sql, options); });
  }

  Result<Answer> ask_as_of(const std::string& question, const Arguments& arguments,
                           const AsOf& as_of, const ExplainOptions& replay,
                           const ReadOptions& options) override {
    DAYBOOK_TRY(const auto* found, question_of(question, arguments));
    return ask_past(as_of, replay, options,
                    [&](VersionReader& past) { return found->answer(past, arguments, options); });
  }

 private:
  Result<const Question*> question_of(const std::string& name, const Arguments& arguments) const {
    DAYBOOK_TRY(const auto* found, find_question(plan_->questions(), spec_.name, name));
    DAYBOOK_TRY_VOID(check_arguments(*found, arguments));
    return found;
  }

  Result<Answer> ask_past(const AsOf& as_of, const ExplainOptions& replay,
                          const ReadOptions& options,
                          const std::function<Result<Answer>(VersionReader&)>& ask) {
    return look_back(
        replay, options,
        [&](const Definition& definition, VersionReader& version, const ExplainOptions& bounded) {
          return views::ask_as_of({log_, files_, life_.folder()}, definition, version, as_of,
                                  bounded, ask);
        });
  }

  // Over the events of the version that answers; one at a time, until the view is stopped.
  template <class Look>
  auto look_back(ExplainOptions bounds, const ReadOptions& options, const Look& look)
      -> decltype(look(std::declval<const Definition&>(), std::declval<VersionReader&>(), bounds)) {
    DAYBOOK_TRY(const auto version, version_at(options));
    const std::unique_lock alone(looking_back_, std::try_to_lock);
    if (!alone.owns_lock()) {
      return fail(ErrorCode::kUnavailable, "view " + spec_.name +
                                               " is going through its events for another question "
                                               "about the past: try again");
    }
    DAYBOOK_TRY(const auto definition, life_.definition_of(version->info()));
    bounds.is_cancelled = [this, was_moving = life_.board().is_moving()] {
      return was_moving && !life_.board().is_moving();
    };
    return look(definition, *version, bounds);
  }

  // The version that answers, once it is at the position asked for.
  Result<std::shared_ptr<VersionReader>> version_at(const ReadOptions& options) {
    for (const auto& [partition, offset] : options.min_position) {
      if (partition.topic == spec_.topic) continue;
      return fail(ErrorCode::kInvalid, "view " + spec_.name + " reads topic " + spec_.topic +
                                           ", not " + partition.topic);
    }
    const auto& board = life_.board();
    if (!board.wait_for(options.min_position, options.wait_limit)) {
      if (!board.is_moving()) {
        return fail(ErrorCode::kUnavailable,
                    "view " + spec_.name + " is stopped at " + flow::to_text(board.latest()));
      }
      return fail(ErrorCode::kTimedOut, "view " + spec_.name + " is at " +
                                            flow::to_text(board.latest()) + " and did not reach " +
                                            flow::to_text(options.min_position) + " within " +
                                            std::to_string(options.wait_limit.count()) + " ms");
    }
    auto serving = life_.serving();
    if (serving == nullptr) {
      const auto detail = life_.status().detail;
      return fail(ErrorCode::kUnavailable, "view " + spec_.name + " has no rows to show yet" +
                                               (detail.empty() ? "" : ": " + detail));
    }
    return serving;
  }

  client::LogClient& log_;
  io::FileSystem& files_;
  const ViewSpec spec_;
  const std::shared_ptr<const ViewPlan> plan_;
  ViewLife life_;
  std::mutex looking_back_;
};

}  // namespace

Result<std::unique_ptr<View>> open_view(ViewSpec spec, std::shared_ptr<const ViewPlan> plan,
                                        ViewContext context) {
  const auto faults = check(spec, *plan);
  if (!faults.empty()) return std::unexpected(joined(faults));
  auto view = std::make_unique<TaskView>(std::move(spec), std::move(plan), context);
  DAYBOOK_TRY_VOID(view->open());
  return view;
}

}  // namespace daybook::views
