#include "views/life/line.h"

#include "views/version_work.h"

namespace daybook::views {

Line::Line(Definition definition, int version, const ViewContext& context, std::string folder,
           Hooks hooks)
    : definition_(std::move(definition)),
      definition_text_(to_text(definition_.spec, *definition_.plan)),
      folder_(std::move(folder)),
      hooks_(std::move(hooks)),
      log_(make_held_log(context.log, gate_)),
      version_(version) {
  const auto& spec = definition_.spec;
  flow::TaskConfig config{"view " + spec.name, spec.topic, spec.declared, spec.stop_on_error,
                          definition_.plan->needs_columns()};
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

Result<std::unique_ptr<flow::Work>> Line::make_work(const client::Schema& schema) {
  DAYBOOK_TRY(auto fold, definition_.plan->make_fold(definition_.spec, schema));
  DAYBOOK_TRY(const int version, hooks_.choose(*this, fold->fingerprint()));
  DAYBOOK_TRY(auto file, VersionFile::open(version_path(folder_, version), definition_.spec.name,
                                           version, definition_text_, std::move(fold)));
  version_ = version;
  VersionWork::Listener listener;
  listener.committed = [this](const VersionFile& f) { note(f); };
  listener.caught_up = [this](VersionFile& f) {
    if (!f.mark_ready()) return;  // tried again at the next look
    is_ready_ = true;
    hooks_.caught_up(*this);
  };
  return std::make_unique<VersionWork>(std::move(file), std::move(listener));
}

void Line::note(const VersionFile& file) {
  rows_ = file.row_count();
  is_ready_ = file.is_ready();
  board_.post(file.position());
  hooks_.committed(*this);
}

}  // namespace daybook::views
