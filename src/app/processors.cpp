#include "app/processors.h"

#include <array>
#include <thread>

#include "base/uuid.h"
#include "flow/make_transform.h"
#include "flow/processor_task.h"

namespace daybook::app {
namespace {

constexpr const char* kInstanceFile = "/instance";
constexpr std::size_t kMaxInstanceBytes = 64;

std::string group_of(const AppFile& app, const flow::ProcessorSpec& spec) {
  return app.name + "." + spec.name;
}

Status write_instance(io::FileSystem& files, const std::string& folder,
                      const std::string& instance) {
  const std::string path = folder + kInstanceFile;
  {
    DAYBOOK_TRY(auto file, files.open(path + ".new", io::OpenMode::kOpenOrCreate));
    DAYBOOK_TRY_VOID(file->truncate(0));
    DAYBOOK_TRY_VOID(file->write_at(0, as_bytes(instance)));
    DAYBOOK_TRY_VOID(file->sync());
  }
  DAYBOOK_TRY_VOID(files.rename(path + ".new", path));
  return files.sync_directory(folder);
}

}  // namespace

Result<std::string> instance_of(io::FileSystem& files, const std::string& folder) {
  const std::string path = folder + kInstanceFile;
  DAYBOOK_TRY(const bool is_there, files.exists(path));
  if (!is_there) {
    const std::string made = to_string(random_uuid());
    DAYBOOK_TRY_VOID(write_instance(files, folder, made));
    return made;
  }
  DAYBOOK_TRY(const auto file, files.open(path, io::OpenMode::kRead));
  Bytes bytes(kMaxInstanceBytes);
  DAYBOOK_TRY(const auto size, file->read_at(0, bytes));
  const std::string text(as_text(bytes).substr(0, size));
  if (!uuid_from_string(text)) {
    return fail(ErrorCode::kCorrupt, path +
                                         " does not hold the name of an instance: remove it, "
                                         "and a new one is made");
  }
  return text;
}

Processors::Processors(const AppFile& app, client::LogClient& log,
                       const client::KafkaOptions& options, const std::string& instance,
                       const io::Clock& clock, const FindView& find_view)
    : app_(app), transactions_(client::make_kafka_transactions(options)) {
  for (const auto& section : app_.processors) {
    lookups_.push_back(view_lookups(app_, section.spec, find_view));
    const auto tables = pointers_to(lookups_.back());
    tasks_.push_back(flow::make_processor_task(log, *transactions_, clock, section.spec,
                                               {group_of(app_, section.spec), instance},
                                               flow::make_transform_with(tables), tables));
    tasks_.back()->start();
  }
}

Processors::~Processors() {
  stop();
}

void Processors::stop() {
  std::vector<std::jthread> stopping;
  for (const auto& task : tasks_) stopping.emplace_back([&task] { task->stop(); });
}

std::vector<ProcessorStatus> Processors::statuses() const {
  std::vector<ProcessorStatus> statuses;
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    auto status = idle_status(app_, app_.processors[i]);
    status.task = tasks_[i]->status();
    statuses.push_back(std::move(status));
  }
  return statuses;
}

ProcessorStatus idle_status(const AppFile& app, const ProcessorSection& section) {
  ProcessorStatus status;
  status.name = section.spec.name;
  status.group = group_of(app, section.spec);
  for (const auto& input : section.spec.inputs) status.inputs.push_back(input.topic);
  for (const auto& output : section.spec.outputs) status.outputs.push_back(output.topic);
  return status;
}

}  // namespace daybook::app
