#include "broker/engine.h"

#include <utility>

#include "base/report.h"
#include "broker/cleaner/cleaner.h"
#include "broker/decisions.h"
#include "broker/fetch/fetch_sessions.h"
#include "broker/groups/committed_offsets.h"
#include "broker/groups/coordinator.h"
#include "broker/limits.h"
#include "broker/memory_budget.h"
#include "broker/metrics.h"
#include "broker/producer_ids.h"
#include "broker/server.h"
#include "broker/settings/broker_settings.h"
#include "broker/settings/group_configs.h"
#include "broker/timers.h"
#include "broker/topics/topics.h"
#include "broker/transactions/coordinator.h"
#include "broker/waiting_fetches.h"
#include "broker/worker.h"
#include "catalog/catalog.h"
#include "io/clock.h"
#include "io/file_system.h"
#include "log/committer.h"
#include "log/partition_set.h"

namespace daybook::broker {
namespace {

// What the parts are made of, opened before any of them is.
struct Opened {
  std::unique_ptr<io::FolderLock> lock;
  std::unique_ptr<catalog::Catalog> catalog;
  std::vector<catalog::Topic> topics;
  catalog::BrokerConfigs broker_configs;
  std::vector<catalog::CommittedOffset> offsets;
  std::vector<catalog::Group> groups;
  catalog::GroupConfigs group_configs;
  std::vector<catalog::PendingOffset> pending_offsets;
  std::vector<catalog::Transaction> transactions;
  std::unique_ptr<log::Committer> committer;
  std::unique_ptr<log::PartitionSet> partitions;
};

Result<Opened> open_folder(const ServerOptions& options, io::FileSystem& files, io::Clock& clock) {
  Opened opened;
  const std::string& folder = options.data_folder;
  const std::string context = "data folder " + folder;
  if (Status made = files.create_folders(folder); !made) return fail(made.error(), context);
  auto lock = files.lock_folder(folder);
  if (!lock) return fail(lock.error(), context);
  opened.lock = std::move(*lock);
  DAYBOOK_TRY(opened.catalog, catalog::Catalog::open(folder + "/catalog.db"));
  DAYBOOK_TRY(opened.topics, opened.catalog->topics());
  DAYBOOK_TRY(opened.broker_configs, opened.catalog->broker_configs());
  DAYBOOK_TRY(opened.offsets, opened.catalog->committed_offsets());
  DAYBOOK_TRY(opened.groups, opened.catalog->groups());
  DAYBOOK_TRY(opened.group_configs, opened.catalog->group_configs());
  DAYBOOK_TRY(opened.pending_offsets, opened.catalog->pending_offsets());
  DAYBOOK_TRY(opened.transactions, opened.catalog->transactions());
  opened.committer = std::make_unique<log::Committer>();
  const auto durability =
      options.durability == Durability::kFsync ? log::Durability::kFsync : log::Durability::kOs;
  DAYBOOK_TRY(opened.partitions,
              log::PartitionSet::open(files, clock, *opened.committer, folder + "/log",
                                      topic_settings({}).log, durability));
  return opened;
}

GroupSettings group_settings(const ServerOptions& options) {
  GroupSettings settings;
  settings.initial_delay = options.group_initial_rebalance_delay;
  settings.offsets_retention = options.offsets_retention;
  settings.migration = options.group_migration;
  return settings;
}

class OpenEngine final : public Engine {
 public:
  OpenEngine(const ServerOptions& options, io::FileSystem& files, io::Clock& clock, Opened opened)
      : lock_(std::move(opened.lock)),
        committer_(std::move(opened.committer)),
        cluster_id_(opened.catalog->cluster_id()),
        timers_(clock),
        decisions_(std::move(opened.catalog), metrics_),
        broker_settings_(options.config, std::move(opened.broker_configs), decisions_),
        producer_ids_(decisions_),
        offsets_(std::move(opened.offsets), std::move(opened.pending_offsets), decisions_),
        group_configs_(std::move(opened.group_configs), decisions_),
        groups_(group_settings(options), group_configs_, std::move(opened.groups), clock, timers_,
                decisions_, offsets_, metrics_),
        topics_(std::move(opened.partitions), decisions_, offsets_, clock, metrics_),
        cleaner_(topics_, metrics_,
                 {.look = options.retention_check_interval,
                  .compact = options.compaction_check_interval}),
        transactions_(decisions_, offsets_, producer_ids_, topics_, timers_, clock),
        fetch_sessions_(metrics_),
        core_{.settings = {.cluster_id = cluster_id_,
                           .log_folder = options.data_folder + "/log",
                           .max_connection_idle = options.max_connection_idle},
              .clock = clock,
              .files = files,
              .timers = timers_,
              .broker_settings = broker_settings_,
              .topics = topics_,
              .cleaner = cleaner_,
              .group_configs = group_configs_,
              .groups = groups_,
              .offsets = offsets_,
              .producer_ids = producer_ids_,
              .transactions = transactions_,
              .waiting_fetches = waiting_fetches_,
              .fetch_sessions = fetch_sessions_,
              .disk_reads = disk_reads_,
              .request_memory = request_memory_,
              .response_memory = response_memory_,
              .metrics = metrics_} {}

  ~OpenEngine() override {
    const Status stopped = stop();
    if (!stopped) report(Severity::kError, "broker", stopped.error().message);
  }

  Status start(const std::vector<catalog::Topic>& topics,
               std::vector<catalog::Transaction> transactions) {
    DAYBOOK_TRY_VOID(topics_.start(topics, broker_settings_.topic_defaults()));
    transactions_.start(std::move(transactions));
    cleaner_.start();
    return {};
  }

  Core& core() override { return core_; }
  const Core& core() const override { return core_; }

  void release_waiting() override {
    groups_.stop();
    transactions_.stop();
    waiting_fetches_.end_all();
  }

  // After each step nobody is left who uses what the next one ends.
  Status stop() override {
    if (std::exchange(stopped_, true)) return {};
    release_waiting();
    cleaner_.stop();
    disk_reads_.stop();
    const Status closed = topics_.stop();
    timers_.stop();
    decisions_.stop();
    committer_.reset();
    lock_.reset();
    return closed;
  }

 private:
  Metrics metrics_;
  std::unique_ptr<io::FolderLock> lock_;
  std::unique_ptr<log::Committer> committer_;
  const Uuid cluster_id_;
  Timers timers_;
  Decisions decisions_;
  BrokerSettings broker_settings_;
  ProducerIds producer_ids_;
  CommittedOffsets offsets_;
  GroupConfigs group_configs_;
  GroupCoordinator groups_;
  WaitingFetches waiting_fetches_;
  MemoryBudget request_memory_{kMaxRequestMemoryBytes, metrics_.request_memory_bytes};
  MemoryBudget response_memory_{kMaxResponseMemoryBytes, metrics_.response_memory_bytes};
  Topics topics_;
  Cleaner cleaner_;
  TransactionCoordinator transactions_;
  FetchSessions fetch_sessions_;  // they watch partitions
  Worker disk_reads_{kDiskReadThreads};
  Core core_;
  bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(const ServerOptions& options) {
  io::FileSystem& files =
      options.file_system == nullptr ? io::real_file_system() : *options.file_system;
  io::Clock& clock = options.clock == nullptr ? io::real_clock() : *options.clock;
  DAYBOOK_TRY(Opened opened, open_folder(options, files, clock));
  const auto topics = std::move(opened.topics);
  auto transactions = std::move(opened.transactions);
  auto engine = std::make_unique<OpenEngine>(options, files, clock, std::move(opened));
  DAYBOOK_TRY_VOID(engine->start(topics, std::move(transactions)));
  return engine;
}

}  // namespace daybook::broker
