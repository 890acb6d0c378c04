#include "broker/server.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "base/report.h"
#include "broker/core.h"
#include "broker/decisions.h"
#include "broker/groups/committed_offsets.h"
#include "broker/groups/coordinator.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "broker/net/address.h"
#include "broker/net/network.h"
#include "broker/producer_ids.h"
#include "broker/timers.h"
#include "broker/topics/topics.h"
#include "broker/waiting_fetches.h"
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
  std::unique_ptr<Network> network;
  std::unique_ptr<catalog::Catalog> catalog;
  std::vector<catalog::Topic> topics;
  std::vector<catalog::CommittedOffset> offsets;
  std::unique_ptr<log::Committer> committer;
  std::unique_ptr<log::PartitionSet> partitions;
};

class RunningServer final : public Server {
 public:
  RunningServer(const ServerOptions& options, io::Clock& clock, Opened opened)
      : lock_(std::move(opened.lock)),
        committer_(std::move(opened.committer)),
        network_(std::move(opened.network)),
        cluster_id_(opened.catalog->cluster_id()),
        timers_(clock),
        decisions_(std::move(opened.catalog), metrics_),
        producer_ids_(decisions_),
        offsets_(std::move(opened.offsets), decisions_),
        groups_(GroupSettings(), clock, timers_, metrics_),
        topics_(std::move(opened.partitions), decisions_, offsets_, clock, metrics_),
        core_{.settings = {.cluster_id = cluster_id_,
                           .auto_create_topics = options.auto_create_topics,
                           .default_partitions = options.default_partitions},
              .clock = clock,
              .timers = timers_,
              .topics = topics_,
              .groups = groups_,
              .offsets = offsets_,
              .producer_ids = producer_ids_,
              .waiting_fetches = waiting_fetches_,
              .metrics = metrics_} {}

  ~RunningServer() override {
    const Status stopped = stop();
    if (!stopped) report(Severity::kError, "broker", stopped.error().message);
  }

  Status open_topics(const std::vector<catalog::Topic>& topics) { return topics_.start(topics); }
  void accept(int io_threads) {
    network_->start(core_, io_threads);
    accepting_ = true;
  }

  std::string kafka_address() const override { return to_string(network_->address()); }
  std::uint16_t kafka_port() const override {
    return static_cast<std::uint16_t>(network_->address().port);
  }
  Uuid cluster_id() const override { return cluster_id_; }
  const Metrics& metrics() const override { return metrics_; }

  std::vector<TopicSummary> topics() const override {
    std::vector<TopicSummary> summaries;
    for (const TopicPtr& topic : topics_.all()) {
      summaries.push_back(
          {topic->name, topic->id, static_cast<std::int32_t>(topic->partitions.size())});
    }
    return summaries;
  }

  // First nothing new comes in, then what waits is answered, then what the answers need is ended:
  // after each step nobody is left who uses what the next one ends.
  Status stop() override {
    if (std::exchange(stopped_, true)) return {};
    if (accepting_) {
      constexpr std::chrono::milliseconds kDrainTimeout = kStopTimeout / 2;
      network_->stop_accepting();
      groups_.stop();
      waiting_fetches_.end_all();
      if (!network_->drain(kDrainTimeout)) {
        report(Severity::kWarning, "broker", "some clients did not take their answers in time");
      }
    }
    network_->stop();
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
  std::unique_ptr<Network> network_;
  const Uuid cluster_id_;
  Timers timers_;
  Decisions decisions_;
  ProducerIds producer_ids_;
  CommittedOffsets offsets_;
  GroupCoordinator groups_;
  WaitingFetches waiting_fetches_;
  Topics topics_;
  Core core_;
  bool accepting_ = false;
  bool stopped_ = false;
};

Status check_options(const ServerOptions& options) {
  if (options.data_folder.empty()) return fail(ErrorCode::kInvalid, "no data folder is given");
  if (options.io_threads < 0 || options.io_threads > kMaxIoThreads) {
    return fail(ErrorCode::kInvalid, "the number of I/O threads is 1 to " +
                                         std::to_string(kMaxIoThreads) + ", or 0 for one per core");
  }
  if (options.default_partitions < 1 || options.default_partitions > kMaxPartitionsPerTopic) {
    return fail(ErrorCode::kInvalid, "the default number of partitions is 1 to " +
                                         std::to_string(kMaxPartitionsPerTopic));
  }
  return {};
}

// The lock first, so that nothing of a folder in use is touched; then the port, so that a port in
// use is told before a long recovery.
Result<Opened> open(const ServerOptions& options, io::FileSystem& files, io::Clock& clock) {
  Opened opened;
  const std::string& folder = options.data_folder;
  const std::string context = "data folder " + folder;
  if (Status made = files.create_folders(folder); !made) return fail(made.error(), context);
  auto lock = files.lock_folder(folder);
  if (!lock) return fail(lock.error(), context);
  opened.lock = std::move(*lock);
  DAYBOOK_TRY(opened.network, Network::listen(options.kafka_listen, options.kafka_advertised));
  DAYBOOK_TRY(opened.catalog, catalog::Catalog::open(folder + "/catalog.db"));
  DAYBOOK_TRY(opened.topics, opened.catalog->topics());
  DAYBOOK_TRY(opened.offsets, opened.catalog->committed_offsets());
  opened.committer = std::make_unique<log::Committer>();
  const auto durability =
      options.durability == Durability::kFsync ? log::Durability::kFsync : log::Durability::kOs;
  DAYBOOK_TRY(opened.partitions,
              log::PartitionSet::open(files, clock, *opened.committer, folder + "/log",
                                      topic_settings({}).log, durability));
  return opened;
}

int io_threads(const ServerOptions& options) {
  if (options.io_threads > 0) return options.io_threads;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxIoThreads);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
  DAYBOOK_TRY_VOID(check_options(options));
  io::FileSystem& files =
      options.file_system == nullptr ? io::real_file_system() : *options.file_system;
  io::Clock& clock = options.clock == nullptr ? io::real_clock() : *options.clock;
  DAYBOOK_TRY(Opened opened, open(options, files, clock));
  const auto topics = std::move(opened.topics);
  auto server = std::make_unique<RunningServer>(options, clock, std::move(opened));
  DAYBOOK_TRY_VOID(server->open_topics(topics));
  server->accept(io_threads(options));
  return server;
}

}  // namespace daybook::broker
