// Runs an application: its log, its declared topics, sources, processors and views. This is the one
// place where the broker and what reads a log meet; everything else knows the client port only.
//
// open() brings up the log and fails if that cannot be; launch() starts the rest, and from then on
// a part that fails does not stop the others: it is reported, shown, and tried again where that can
// help. stop() undoes it in the reverse order.
//
// Nothing is made that the application does not need: without sources, processors, views and
// declared topics there is no Kafka client and no thread beside the broker's own.
//
// Threads: open(), launch() and stop() by the owner; the rest by any.

#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/app_file.h"
#include "app/memory_share.h"
#include "app/processors.h"
#include "app/running.h"
#include "app/source_task.h"
#include "app/watch/log_watch.h"
#include "broker/server.h"
#include "client/log_client.h"
#include "client/patience.h"
#include "client/transactions.h"
#include "io/clock.h"
#include "io/file_system.h"
#include "views/view.h"

namespace daybook::app {

struct SupervisorOptions {
  std::string kafka_listen = "127.0.0.1:9092";  // of an embedded log
  std::string kafka_advertised;                 // as broker::ServerOptions
  broker::Durability durability = broker::Durability::kFsync;
  int io_threads = 0;
  std::map<std::string, std::string> broker_config{};  // as broker::ServerOptions::config
  std::chrono::milliseconds retention_check_interval = std::chrono::minutes(5);
  std::chrono::milliseconds group_initial_rebalance_delay{100};
  std::chrono::milliseconds offsets_retention{0};  // 0: for ever
  broker::MigrationPolicy group_migration = broker::MigrationPolicy::kBidirectional;
  std::chrono::milliseconds compaction_check_interval = std::chrono::seconds(15);
  std::string state_folder;  // of a log that is elsewhere; an embedded one keeps all in its folder
  std::chrono::milliseconds longest_retry{10'000};  // between attempts at what can be tried again
  io::FileSystem& files = io::real_file_system();
  io::Clock& clock = io::real_clock();
};

class Supervisor final : public Running {
 public:
  // On success an embedded log accepts connections. Errors are those of broker::Server::start(), or
  // kUnavailable if another process uses the state folder.
  static Result<std::unique_ptr<Supervisor>> open(AppFile app, SupervisorOptions options);
  ~Supervisor() override;

  // Starts everything else, in the background. Called once.
  void launch();
  // Stops views, processors, sources and log, each within seconds. Calling it again does nothing.
  // An error: the log could not be closed cleanly; nothing is lost, and the next start checks it.
  Status stop();

  // Running
  std::string app_name() const override { return app_.name; }
  Status ready() const override;
  LogStatus log() const override;
  const broker::Metrics* broker_metrics() const override;
  std::vector<sources::SourceStatus> sources() const override;
  std::vector<ProcessorStatus> processors() const override;
  std::vector<views::ViewStatus> views() const override;
  Result<views::View*> find_view(const std::string& name) const override;

 private:
  // A declared view: open, or why it could not be opened.
  struct ViewSlot {
    std::unique_ptr<views::View> view;
    std::string error;
    bool try_again = false;
  };

  Supervisor(AppFile app, SupervisorOptions options);
  Status open_log();
  std::string client_address() const;
  client::KafkaOptions client_options() const;
  bool needs_client() const;
  void set_up(std::stop_token stop);
  bool wait_for_topics(std::stop_token stop);
  ViewSlot open_slot(const ViewSection& section);
  void start_parts();
  void reopen_views(std::stop_token stop);
  void tend_heap(std::stop_token stop);
  void start_processors();

  const AppFile app_;
  const SupervisorOptions options_;
  const MemoryShare memory_;  // of each part
  std::string folder_;
  std::unique_ptr<io::FolderLock> folder_lock_;  // of a log that is elsewhere
  std::unique_ptr<broker::Server> broker_;
  const std::shared_ptr<client::Patience> patience_ = std::make_shared<client::Patience>();
  std::unique_ptr<client::LogClient> log_;
  std::unique_ptr<client::Transactions> transactions_;

  mutable std::mutex mutex_;  // guards what follows, but not the parts themselves
  std::condition_variable_any stopping_;
  std::string setup_error_;
  bool launched_ = false;
  std::unique_ptr<LogWatch> log_watch_;  // once launched, if there is a client
  std::vector<std::unique_ptr<SourceTask>> sources_;
  std::unique_ptr<Processors> processors_;
  std::string processors_error_;  // why there are none
  std::vector<ViewSlot> views_;   // as many as declared, once launched
  std::jthread setup_;
};

}  // namespace daybook::app
