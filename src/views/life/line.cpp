#include "views/life/line.h"

#include "base/check.h"
#include "views/lineage/lineage_store.h"
#include "views/version_work.h"

namespace daybook::views {

Line::Line(Definition definition, int version, const ViewContext& context, std::string folder,
           Hooks hooks)
    : definition_(std::move(definition)),
      definition_text_(to_text(definition_.spec, *definition_.plan)),
      folder_(std::move(folder)),
      hooks_(std::move(hooks)),
      cache_bytes_(context.cache_bytes),
      open_log_(context.log),
      transactions_(context.transactions),
      log_(make_held_log(context.log, gate_)),
      version_(version) {
  const auto& spec = definition_.spec;
  flow::TaskConfig config{"view " + spec.name,
                          spec.topic,
                          spec.declared,
                          spec.stop_on_error,
                          definition_.plan->needs_columns(),
                          context.batch_bytes};
  task_ = flow::Task::make(*log_, context.clock, std::move(config),
                           [this](const client::Schema& schema) { return make_work(schema); });
}

Line::~Line() {
  stop();
  task_.reset();
}

void Line::start() {
  board_.set_moving(true);
  task_->start();
}

void Line::interrupt() {
  board_.set_moving(false);
  gate_.open();
}

void Line::stop() {
  interrupt();
  task_->stop();
}

// The kind's fold, with what is kept besides.
Result<Line::Parts> Line::make_parts(const client::Schema& schema) {
  const auto& [spec, plan] = definition_;
  Parts parts;
  DAYBOOK_TRY(parts.fold, plan->make_fold(spec, schema));
  std::vector<std::shared_ptr<TouchKeeper>> keepers;
  if (!spec.lineage && spec.changes.empty()) return parts;
  DAYBOOK_TRY(const auto key, KeyColumns::of(spec.name, plan->key(), parts.fold->columns()));
  if (spec.lineage) keepers.push_back(std::make_shared<LineageStore>(key));
  if (!spec.changes.empty()) {
    DAYBOOK_CHECK(transactions_ != nullptr, "a view that publishes its changes needs transactions");
    auto outbox = std::make_shared<ChangeOutbox>(key);
    parts.changes = std::make_unique<ChangeTopic>(
        open_log_, *transactions_,
        ChangeTopic::Options{spec.changes, spec.topic, parts.fold->columns(),
                             parts.fold->has_one_row_per_key()},
        outbox);
    keepers.push_back(std::move(outbox));
  }
  DAYBOOK_TRY(parts.fold, TracedFold::make(std::move(parts.fold), std::move(keepers)));
  return parts;
}

Result<std::unique_ptr<flow::Work>> Line::make_work(const client::Schema& schema) {
  DAYBOOK_TRY(auto parts, make_parts(schema));
  DAYBOOK_TRY(const int version, hooks_.choose(*this, parts.fold->fingerprint()));
  DAYBOOK_TRY(auto file,
              VersionFile::open(version_path(folder_, version), definition_.spec.name, version,
                                definition_text_, std::move(parts.fold), cache_bytes_));
  if (parts.changes == nullptr) DAYBOOK_TRY_VOID(file->forget_changes());
  version_ = version;
  VersionWork::Listener listener;
  listener.committed = [this](const VersionFile& f) { note(f); };
  listener.caught_up = [this](VersionFile& f) {
    if (!f.mark_ready()) return;  // tried again at the next look
    is_ready_ = true;
    hooks_.caught_up(*this);
  };
  listener.computed = [this](const client::Position& position) { board_.announce(position); };
  listener.is_awaited = [this] { return board_.is_awaited() || hooks_.is_awaited(*this); };
  if (parts.changes != nullptr) {
    listener.publish = [this, changes = std::shared_ptr(std::move(parts.changes))] {
      return hooks_.publish(*this, [&](bool is_serving) {
        return is_serving ? changes->publish() : changes->leave();
      });
    };
  }
  return std::make_unique<VersionWork>(std::move(file), std::move(listener));
}

void Line::note(const VersionFile& file) {
  rows_ = file.row_count();
  is_ready_ = file.is_ready();
  board_.post(file.position());
  hooks_.committed(*this);
}

}  // namespace daybook::views
