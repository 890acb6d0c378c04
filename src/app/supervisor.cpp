#include "app/supervisor.h"

#include <algorithm>
#include <chrono>

#include "app/topic_setup.h"
#include "base/report.h"
#include "client/kafka_client.h"
#include "io/heap.h"

namespace daybook::app {
namespace {

// Stopping may take 10 seconds: it may have to wait for a request that is under way, and gives what
// comes after it no time beyond the rest.
constexpr std::chrono::milliseconds kRequestTimeout{5'000};
constexpr std::chrono::milliseconds kRestAtStop{4'000};
constexpr std::chrono::milliseconds kFirstRetry{250};
constexpr std::chrono::milliseconds kHeapInterval{10'000};  // between looks at what is free
constexpr std::size_t kKeptFreeBytes = 64 << 20;

std::string joined(const std::vector<std::string>& addresses) {
  std::string text;
  for (const std::string& address : addresses) text += (text.empty() ? "" : ",") + address;
  return text;
}

}  // namespace

Supervisor::Supervisor(AppFile app, SupervisorOptions options)
    : app_(std::move(app)),
      options_(std::move(options)),
      memory_(share_memory(app_.views.size(), app_.processors.size())) {}

Supervisor::~Supervisor() {
  if (const Status stopped = stop(); !stopped) {
    report(Severity::kError, "app", "stopping: " + stopped.error().message);
  }
}

Result<std::unique_ptr<Supervisor>> Supervisor::open(AppFile app, SupervisorOptions options) {
  std::unique_ptr<Supervisor> supervisor(new Supervisor(std::move(app), std::move(options)));
  DAYBOOK_TRY_VOID(supervisor->open_log());
  if (supervisor->needs_client()) {
    DAYBOOK_TRY(supervisor->log_, client::make_kafka_client(supervisor->client_options()));
    supervisor->transactions_ = client::make_kafka_transactions(supervisor->client_options());
  }
  return supervisor;
}

Status Supervisor::open_log() {
  if (const auto* embedded = std::get_if<EmbeddedLog>(&app_.log)) {
    folder_ = embedded->folder;
    broker::ServerOptions server;
    server.data_folder = embedded->folder;
    server.kafka_listen = options_.kafka_listen;
    server.kafka_advertised = options_.kafka_advertised;
    server.durability = options_.durability;
    server.io_threads = options_.io_threads;
    server.config = options_.broker_config;
    server.retention_check_interval = options_.retention_check_interval;
    server.group_initial_rebalance_delay = options_.group_initial_rebalance_delay;
    server.offsets_retention = options_.offsets_retention;
    server.group_migration = options_.group_migration;
    server.compaction_check_interval = options_.compaction_check_interval;
    server.file_system = &options_.files;
    server.clock = &options_.clock;
    DAYBOOK_TRY(broker_, broker::Server::start(std::move(server)));
    return {};
  }
  folder_ = options_.state_folder;
  DAYBOOK_TRY_VOID(options_.files.create_folders(folder_));
  DAYBOOK_TRY(folder_lock_, options_.files.lock_folder(folder_));
  return {};
}

std::string Supervisor::client_address() const {
  if (const auto* kafka = std::get_if<KafkaLog>(&app_.log)) return joined(kafka->bootstrap);
  const std::string address = broker_->kafka_address();
  const bool wildcard = address.starts_with("0.0.0.0:") || address.starts_with("[::]:");
  return wildcard ? "127.0.0.1:" + std::to_string(broker_->kafka_port()) : address;
}

client::KafkaOptions Supervisor::client_options() const {
  client::KafkaOptions options;
  options.bootstrap = client_address();
  options.request_timeout = kRequestTimeout;
  options.read_ahead_bytes = memory_.read_ahead_bytes;
  options.patience = patience_;
  return options;
}

bool Supervisor::needs_client() const {
  return !app_.topics.empty() || !app_.sources.empty() || !app_.processors.empty() ||
         !app_.views.empty();
}

void Supervisor::launch() {
  if (!needs_client()) {
    const std::lock_guard lock(mutex_);
    launched_ = true;
    return;
  }
  setup_ = std::jthread([this](std::stop_token stop) { set_up(stop); });
}

void Supervisor::set_up(std::stop_token stop) {
  // Declared topics first: a source that came before would make them as it sees fit.
  if (!wait_for_topics(stop)) return;
  start_parts();
  reopen_views(stop);
  tend_heap(stop);
}

bool Supervisor::wait_for_topics(std::stop_token stop) {
  std::chrono::milliseconds pause = kFirstRetry;
  while (!stop.stop_requested()) {
    const Status done = set_up_topics(*log_, app_.topics);
    std::unique_lock lock(mutex_);
    if (done) {
      setup_error_.clear();
      return true;
    }
    if (setup_error_ != done.error().message) {
      setup_error_ = done.error().message;
      report(Severity::kError, "app", "cannot set up the declared topics: " + setup_error_);
    }
    stopping_.wait_for(lock, stop, pause, [] { return false; });
    pause = std::min(pause * 2, options_.longest_retry);
  }
  return false;
}

Supervisor::ViewSlot Supervisor::open_slot(const ViewSection& section) {
  auto opened = views::open_view(section.spec, section.plan,
                                 {.log = *log_,
                                  .files = options_.files,
                                  .clock = options_.clock,
                                  .state_folder = folder_,
                                  .batch_bytes = memory_.batch_bytes,
                                  .cache_bytes = memory_.cache_bytes,
                                  .transactions = transactions_.get()});
  if (opened) {
    (*opened)->start();
    return {.view = std::move(*opened), .error = "", .try_again = false};
  }
  const Error& error = opened.error();
  const bool lasting = error.code == ErrorCode::kInvalid || error.code == ErrorCode::kCorrupt;
  return {.view = nullptr, .error = error.message, .try_again = !lasting};
}

void Supervisor::start_parts() {
  std::vector<ViewSlot> views;
  for (const ViewSection& section : app_.views) {
    views.push_back(open_slot(section));
    if (views.back().view) continue;
    report(Severity::kError, "app",
           "view " + section.spec.name + " is not running: " + views.back().error);
  }
  const std::lock_guard lock(mutex_);
  views_ = std::move(views);
  for (const SourceSection& section : app_.sources) {
    sources_.push_back(std::make_unique<SourceTask>(section, *log_, options_.clock));
  }
  start_processors();
  log_watch_ = std::make_unique<LogWatch>(*log_, options_.clock);
  launched_ = true;
}

void Supervisor::start_processors() {
  if (app_.processors.empty()) return;
  const auto instance = instance_of(options_.files, folder_);
  if (!instance) {
    processors_error_ = instance.error().message;
    report(Severity::kError, "app", "the processors are not running: " + processors_error_);
    return;
  }
  processors_ =
      std::make_unique<Processors>(app_, *log_, client_options(), *instance, options_.clock,
                                   [this](const std::string& name) { return find_view(name); });
}

// Until all are open that ever can be: the disk was full, a file was held by another program.
void Supervisor::reopen_views(std::stop_token stop) {
  const auto waiting = [this] { return std::ranges::any_of(views_, &ViewSlot::try_again); };
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!waiting()) return;
      stopping_.wait_for(lock, stop, options_.longest_retry, [] { return false; });
    }
    if (stop.stop_requested()) return;
    for (std::size_t i = 0; i < app_.views.size(); ++i) {
      if (!views_[i].try_again) continue;  // only this thread writes it
      ViewSlot again = open_slot(app_.views[i]);
      const std::lock_guard lock(mutex_);
      views_[i] = std::move(again);
    }
  }
}

// What catching up has left behind, that is.
void Supervisor::tend_heap(std::stop_token stop) {
  while (!stop.stop_requested()) {
    io::return_free_memory(kKeptFreeBytes);
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, stop, kHeapInterval, [] { return false; });
  }
}

Status Supervisor::stop() {
  patience_->end_in(kRestAtStop);
  setup_.request_stop();
  if (setup_.joinable()) setup_.join();
  std::unique_ptr<LogWatch> log_watch;
  std::vector<std::unique_ptr<SourceTask>> sources;
  std::unique_ptr<Processors> processors;
  {
    const std::lock_guard lock(mutex_);
    launched_ = false;
    log_watch = std::move(log_watch_);
    processors = std::move(processors_);
    sources = std::move(sources_);
    sources_.clear();
  }
  // All are asked before any is waited for: the slowest, not their sum, is what stopping takes.
  if (log_watch) log_watch->request_stop();
  for (const auto& source : sources) source->request_stop();
  {
    std::vector<std::jthread> stopping;
    for (const ViewSlot& slot : views_) {
      if (slot.view) stopping.emplace_back([&slot] { slot.view->stop(); });
    }
    if (processors) stopping.emplace_back([&processors] { processors->stop(); });
  }
  sources.clear();
  if (!broker_) return {};
  return broker_->stop();
}

Status Supervisor::ready() const {
  const std::lock_guard lock(mutex_);
  if (launched_) return log_watch_ ? log_watch_->check() : Status();
  return fail(ErrorCode::kUnavailable, setup_error_.empty()
                                           ? "starting, or stopping"
                                           : "waiting for the log: " + setup_error_);
}

LogStatus Supervisor::log() const {
  const std::lock_guard lock(mutex_);
  LogStatus status;
  status.embedded = broker_ != nullptr;
  status.address = broker_ ? broker_->kafka_address() : client_address();
  status.data_folder = folder_;
  if (broker_) status.cluster_id = to_string(broker_->cluster_id());
  status.last_error = setup_error_;
  return status;
}

const broker::Metrics* Supervisor::broker_metrics() const {
  return broker_ ? &broker_->metrics() : nullptr;
}

std::vector<sources::SourceStatus> Supervisor::sources() const {
  const std::lock_guard lock(mutex_);
  std::vector<sources::SourceStatus> statuses;
  if (sources_.empty()) {
    for (const SourceSection& section : app_.sources) {
      sources::SourceStatus status;
      status.name = section.name;
      status.kind = section.kind->name();
      statuses.push_back(std::move(status));
    }
    return statuses;
  }
  for (const auto& source : sources_) statuses.push_back(source->status());
  return statuses;
}

std::vector<ProcessorStatus> Supervisor::processors() const {
  const std::lock_guard lock(mutex_);
  if (processors_) return processors_->statuses();
  std::vector<ProcessorStatus> statuses;
  for (const ProcessorSection& section : app_.processors) {
    statuses.push_back(idle_status(app_, section));
    auto& task = statuses.back().task;
    task.state = processors_error_.empty() ? flow::TaskState::kWaiting : flow::TaskState::kFailed;
    task.detail = processors_error_.empty() ? "waiting for the log" : processors_error_;
    task.last_error = processors_error_;
  }
  return statuses;
}

std::vector<views::ViewStatus> Supervisor::views() const {
  const std::lock_guard lock(mutex_);
  std::vector<views::ViewStatus> statuses;
  for (std::size_t i = 0; i < app_.views.size(); ++i) {
    if (i < views_.size() && views_[i].view) {
      statuses.push_back(views_[i].view->status());
      continue;
    }
    views::ViewStatus status;
    status.name = app_.views[i].spec.name;
    status.kind = app_.views[i].plan->kind();
    status.state = i < views_.size() ? "failed" : "waiting";
    status.detail = i < views_.size() ? views_[i].error : "waiting for the log";
    status.last_error = i < views_.size() ? views_[i].error : "";
    statuses.push_back(std::move(status));
  }
  return statuses;
}

Result<views::View*> Supervisor::find_view(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  std::string names;
  for (std::size_t i = 0; i < app_.views.size(); ++i) {
    const std::string& declared = app_.views[i].spec.name;
    names += (names.empty() ? "" : ", ") + declared;
    if (declared != name) continue;
    if (i >= views_.size()) {
      return fail(ErrorCode::kUnavailable, "view " + name + " is not started yet: try again");
    }
    if (!views_[i].view) {
      return fail(ErrorCode::kUnavailable, "view " + name + " is not running: " + views_[i].error);
    }
    return views_[i].view.get();
  }
  return fail(ErrorCode::kNotFound,
              "there is no view \"" + name + "\"; there are: " + (names.empty() ? "none" : names));
}

}  // namespace daybook::app
