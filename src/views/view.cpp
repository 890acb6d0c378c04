#include "views/view.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "flow/input_schema.h"
#include "flow/position_text.h"
#include "flow/task.h"
#include "sql/engine.h"
#include "sql/fold_plan.h"
#include "views/kinds/table/table_store.h"
#include "views/kinds/table/table_work.h"
#include "views/position_board.h"
#include "views/version_folder.h"
#include "views/version_reader.h"

namespace daybook::views {
namespace {

Error joined(const std::vector<Error>& faults) {
  std::string message;
  for (const auto& fault : faults) message += (message.empty() ? "" : "\n") + fault.message;
  return {ErrorCode::kInvalid, message};
}

class TaskView final : public View, public ViewReader {
 public:
  TaskView(ViewSpec spec, const ViewContext& context)
      : spec_(std::move(spec)),
        context_(context),
        folder_(context.state_folder + "/views/" + spec_.name) {
    flow::TaskConfig config{"view " + spec_.name, spec_.topic, spec_.declared, spec_.stop_on_error};
    task_ = flow::Task::make(context_.log, context_.clock, std::move(config),
                             [this](const client::Schema& schema) { return make_work(schema); });
  }
  ~TaskView() override { task_.reset(); }

  // Finds what an earlier run has left to serve.
  Status open() {
    DAYBOOK_TRY_VOID(context_.files.create_folders(folder_));
    DAYBOOK_TRY(const auto versions, list_versions(context_.files, folder_));
    const ViewFileInfo* best = nullptr;
    for (const auto& version : versions) {
      if (best == nullptr || version.is_ready || !best->is_ready) best = &version;
    }
    return best == nullptr ? Status() : serve(best->version);
  }

  void start() override {
    board_.set_moving(true);
    task_->start();
  }
  void stop() override {
    board_.set_moving(false);
    task_->stop();
  }
  const ViewSpec& spec() const override { return spec_; }
  ViewReader& reader() override { return *this; }

  ViewStatus status() const override {
    const auto task = task_->status();
    ViewStatus status;
    status.name = spec_.name;
    status.state = to_string(task.state);
    status.detail = task.detail;
    if (const auto serving = this->serving()) {
      status.version = serving->info().version;
      status.columns = serving->info().columns;
    }
    status.position = board_.latest();
    status.rows = rows_;
    status.lag_events = task.lag_events;
    status.events_applied = task.events_applied;
    status.events_per_s = task.events_per_s;
    status.rejected = task.rejected;
    status.last_error = task.last_error;
    return status;
  }

  Result<Answer> find(const std::vector<std::string>& key, const ReadOptions& options) override {
    DAYBOOK_TRY(const auto version, version_at(options));
    return version->find(spec_.key, key, options);
  }

  Result<Answer> query(const std::string& sql, const ReadOptions& options) override {
    DAYBOOK_TRY(const auto version, version_at(options));
    return version->query(sql, options);
  }

 private:
  // The version that answers, once it is at the position asked for.
  Result<std::shared_ptr<VersionReader>> version_at(const ReadOptions& options) {
    for (const auto& [partition, offset] : options.min_position) {
      if (partition.topic == spec_.topic) continue;
      return fail(ErrorCode::kInvalid, "view " + spec_.name + " reads topic " + spec_.topic +
                                           ", not " + partition.topic);
    }
    if (!board_.wait_for(options.min_position, options.wait_limit)) {
      if (!board_.is_moving()) {
        return fail(ErrorCode::kUnavailable,
                    "view " + spec_.name + " is stopped at " + flow::to_text(board_.latest()));
      }
      return fail(ErrorCode::kTimedOut, "view " + spec_.name + " is at " +
                                            flow::to_text(board_.latest()) + " and did not reach " +
                                            flow::to_text(options.min_position) + " within " +
                                            std::to_string(options.wait_limit.count()) + " ms");
    }
    auto serving = this->serving();
    if (serving == nullptr) {
      const auto detail = task_->status().detail;
      return fail(ErrorCode::kUnavailable, "view " + spec_.name + " has no rows to show yet" +
                                               (detail.empty() ? "" : ": " + detail));
    }
    return serving;
  }

  std::shared_ptr<VersionReader> serving() const {
    const std::lock_guard lock(mutex_);
    return serving_;
  }

  Status serve(int version) {
    DAYBOOK_TRY(auto reader, VersionReader::open(version_path(folder_, version)));
    DAYBOOK_TRY(const auto position, reader->position());
    DAYBOOK_TRY(const auto rows, reader->row_count());
    {
      const std::lock_guard lock(mutex_);
      serving_ = std::move(reader);
    }
    rows_ = rows;
    board_.post(position);
    return {};
  }

  // On the task's thread from here on.
  Result<std::unique_ptr<flow::Work>> make_work(const client::Schema& schema) {
    DAYBOOK_TRY(auto engine, sql::Engine::open());
    const auto unknown = spec_.declared ? flow::UnknownTypes::kRefuse : flow::UnknownTypes::kAsText;
    DAYBOOK_TRY(const auto input, flow::to_input_schema(spec_.topic, schema, unknown));
    DAYBOOK_TRY_VOID(engine->set_input(spec_.input, input));
    const auto plan = sql::plan_fold(*engine, spec_.sql, spec_.input, input, spec_.key);
    if (!plan) return std::unexpected(joined(plan.error()));

    DAYBOOK_TRY(const int version, version_for(*plan));
    DAYBOOK_TRY(auto store, table::TableStore::open(version_path(folder_, version), spec_.name,
                                                    version, *plan));
    const auto serving = this->serving();
    if (serving == nullptr || serving->info().version == version || !serving->info().is_ready) {
      DAYBOOK_TRY_VOID(serve(version));
    }
    DAYBOOK_TRY_VOID(
        remove_other_versions(context_.files, folder_, {version, this->serving()->info().version}));
    table::TableWork::Listener listener;
    listener.committed = [this, version](const table::TableStore& s) { note_commit(s, version); };
    listener.caught_up = [this, version](table::TableStore& s) { note_caught_up(s, version); };
    return table::TableWork::make(std::move(engine), *plan, input, std::move(store),
                                  std::move(listener));
  }

  // The stored version that was built from this plan, or the number of a new one.
  Result<int> version_for(const sql::FoldPlan& plan) {
    DAYBOOK_TRY(const auto versions, list_versions(context_.files, folder_));
    const auto found = std::ranges::find(versions, plan.fingerprint, &ViewFileInfo::fingerprint);
    if (found != versions.end()) return found->version;
    return next_version(context_.files, folder_);
  }

  void note_commit(const table::TableStore& store, int version) {
    if (this->serving()->info().version != version) return;
    rows_ = store.row_count();
    board_.post(store.position());
  }

  // A new version takes over when it has every event that there was; the old one is removed.
  void note_caught_up(table::TableStore& store, int version) {
    if (!store.mark_ready()) return;  // tried again at the next look
    const auto serving = this->serving();
    if (serving->info().version == version && serving->info().is_ready) return;
    if (serve(version)) (void)remove_other_versions(context_.files, folder_, {version});
  }

  const ViewSpec spec_;
  const ViewContext context_;
  const std::string folder_;
  PositionBoard board_;
  std::atomic<std::int64_t> rows_ = 0;
  mutable std::mutex mutex_;
  std::shared_ptr<VersionReader> serving_;
  std::unique_ptr<flow::Task> task_;
};

}  // namespace

Result<std::unique_ptr<View>> open_view(ViewSpec spec, ViewContext context) {
  const auto faults = check(spec);
  if (!faults.empty()) return std::unexpected(joined(faults));
  auto view = std::make_unique<TaskView>(std::move(spec), context);
  DAYBOOK_TRY_VOID(view->open());
  return view;
}

}  // namespace daybook::views
