#include "broker/server.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/report.h"
#include "broker/engine.h"
#include "broker/limits.h"
#include "broker/metrics.h"
#include "broker/net/address.h"
#include "broker/net/network.h"
#include "broker/settings/broker_settings.h"
#include "broker/topics/topics.h"

namespace daybook::broker {
namespace {

class RunningServer final : public Server {
 public:
  RunningServer(std::unique_ptr<Network> network, std::unique_ptr<Engine> engine, int io_threads)
      : engine_(std::move(engine)), network_(std::move(network)) {
    network_->start(engine_->core(), io_threads);
  }

  ~RunningServer() override {
    const Status stopped = stop();
    if (!stopped) report(Severity::kError, "broker", stopped.error().message);
  }

  std::string kafka_address() const override { return to_string(network_->address()); }
  std::uint16_t kafka_port() const override {
    return static_cast<std::uint16_t>(network_->address().port);
  }
  Uuid cluster_id() const override { return engine_->core().settings.cluster_id; }
  const Metrics& metrics() const override { return engine_->core().metrics; }

  std::vector<TopicSummary> topics() const override {
    std::vector<TopicSummary> summaries;
    for (const TopicPtr& topic : engine_->core().topics.all()) {
      summaries.push_back(
          {topic->name, topic->id, static_cast<std::int32_t>(topic->partitions.size())});
    }
    return summaries;
  }

  // Nothing new comes in, then what waits is answered, then the threads end, and only then what
  // they worked on.
  Status stop() override {
    if (std::exchange(stopped_, true)) return {};
    constexpr std::chrono::milliseconds kDrainTimeout = kStopTimeout / 2;
    network_->stop_accepting();
    engine_->release_waiting();
    if (!network_->drain(kDrainTimeout)) {
      report(Severity::kWarning, "broker", "some clients did not take their answers in time");
    }
    network_->stop();
    return engine_->stop();
  }

 private:
  // Connections use the engine until they are destroyed. Answers that the engine sends until it has
  // stopped use the network's event loops: stop() comes before any destructor.
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Network> network_;
  bool stopped_ = false;
};

Status check_options(const ServerOptions& options) {
  if (options.data_folder.empty()) return fail(ErrorCode::kInvalid, "no data folder is given");
  if (options.io_threads < 0 || options.io_threads > kMaxIoThreads) {
    return fail(ErrorCode::kInvalid, "the number of I/O threads is 1 to " +
                                         std::to_string(kMaxIoThreads) + ", or 0 for one per core");
  }
  if (options.max_connection_idle.count() < kSweepsPerIdleTime) {
    return fail(ErrorCode::kInvalid, "connections may be idle for at least " +
                                         std::to_string(kSweepsPerIdleTime) + " ms");
  }
  if (options.group_initial_rebalance_delay.count() < 0 || options.offsets_retention.count() < 0) {
    return fail(ErrorCode::kInvalid, "durations of groups must not be negative");
  }
  return BrokerSettings::check(options.config);
}

int io_threads(const ServerOptions& options) {
  if (options.io_threads > 0) return options.io_threads;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxIoThreads);
}

}  // namespace

// The port first: that it is in use should not be told after a long recovery.
Result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
  DAYBOOK_TRY_VOID(check_options(options));
  DAYBOOK_TRY(auto network, Network::listen(options.kafka_listen, options.kafka_advertised));
  DAYBOOK_TRY(auto engine, Engine::open(options));
  return std::make_unique<RunningServer>(std::move(network), std::move(engine),
                                         io_threads(options));
}

}  // namespace daybook::broker
