#include "sources/testing/capture_run.h"

#include <ctime>

#include <gtest/gtest.h>
#include <pthread.h>

#include "sources/kinds/postgres/events/event_position.h"
#include "sources/kinds/postgres/postgres_source.h"

namespace daybook::sources::testing {

postgres::PostgresConfig config_for(const PrivatePostgres& server,
                                    const std::vector<std::string>& tables) {
  static int number = 0;
  postgres::PostgresConfig config;
  config.source = "core" + std::to_string(++number);
  config.dsn = server.dsn();
  config.slot = config.publication = "daybook_" + config.source;
  for (const auto& table : tables) {
    config.tables.push_back({{"public", table}, "bank." + table});
  }
  return config;
}

CaptureRun::CaptureRun(const postgres::PostgresConfig& config, client::LogClient& log)
    : source_(postgres::make_postgres_source(config, log, io::real_clock())),
      thread_([this](const std::stop_token& token) { ended_ = source_->run(token); }) {}

Status CaptureRun::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  return ended_;
}

double CaptureRun::cpu_seconds() const {
  clockid_t clock{};
  timespec used{};
  if (::pthread_getcpuclockid(thread_.native_handle(), &clock) != 0 ||
      ::clock_gettime(clock, &used) != 0) {
    return 0;
  }
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

bool CaptureRun::reaches(SourceState state) const {
  SourceStatus seen;  // of one look: a source that waits goes on by itself
  eventually([&] {
    seen = status();
    return seen.state == state || seen.state == SourceState::kFailed ||
           seen.state == SourceState::kStopped;
  });
  if (seen.state == state) return true;
  ADD_FAILURE() << "the source is " << to_string(seen.state) << ": " << seen.last_error;
  return false;
}

bool all_captured(const PrivatePostgres& server, const postgres::PostgresConfig& config) {
  const auto end = server.value("SELECT pg_current_wal_lsn()");
  // One connection for all the looks: making one costs the server more than the capture does.
  const auto connection =
      postgres::Connection::open(server.dsn(), postgres::ConnectionUse::kSql, {}).value();
  return eventually([&] {
    // By a stream: a slot that is only being made for a snapshot begins at the end of the log too.
    const auto rows = connection->query(
        "SELECT count(*) = 1 FROM pg_replication_slots s JOIN pg_stat_replication r "
        "ON r.pid = s.active_pid WHERE s.confirmed_flush_lsn >= '" +
        end + "' AND s.slot_name = '" + config.slot + "'");
    return rows && rows->at(0).at(0) == "t";
  });
}

std::vector<Event> events_of(client::LogClient& log, const std::string& topic) {
  std::vector<Event> events;
  const auto info = log.describe_topic(topic);
  EXPECT_TRUE(info) << info.error().message;
  if (!info) return events;
  const auto reader = log.make_reader().value();
  for (std::int32_t p = 0; p < info->partitions; ++p) {
    const client::TopicPartition partition{topic, PartitionId{p}};
    const auto range = log.offsets(partition).value();
    EXPECT_TRUE(reader->assign({{partition, range.begin}}));
    for (auto next = range.begin; next < range.end;) {
      const auto batch = reader->fetch(100'000, 64 << 20, client::milliseconds(1000)).value();
      for (std::size_t i = 0; i < batch->records().size(); ++i) {
        const auto& record = batch->records()[i];
        next = record.offset.next();
        Event& event = events.emplace_back();
        event.partition = p;
        if (record.key) event.key.emplace(*record.key);
        if (record.value) event.value.emplace(*record.value);
        for (const auto& header : batch->headers(i)) {
          if (header.name == postgres::kPositionHeader) event.position = header.value.value_or("");
        }
      }
    }
  }
  return events;
}

void StrictConsumer::apply(const Event& event) {
  if (!event.value) {
    EXPECT_EQ(event.key, deleted_) << "a tombstone follows its delete";
    deleted_.clear();
    return;
  }
  EXPECT_EQ(deleted_, "") << "a delete is followed by its tombstone";
  const Json value = event.json();
  const auto& key = event.key.value();
  const auto row = rows_.find(key);
  const auto op = value.at("op").get<std::string>();
  if (op == "r" || op == "c") {
    EXPECT_TRUE(row == rows_.end()) << key << " begins twice: " << event.position;
    EXPECT_TRUE(value.at("before").is_null());
    rows_[key] = value.at("after");
    ++begun_;
    return;
  }
  ASSERT_TRUE(row != rows_.end()) << op << " of " << key
                                  << ", which is not there: " << event.position;
  EXPECT_EQ(row->second, value.at("before")) << op << " of " << key << ": " << event.position;
  if (op == "u") {
    row->second = value.at("after");
  } else {
    EXPECT_EQ(op, "d");
    EXPECT_TRUE(value.at("after").is_null());
    rows_.erase(row);
    deleted_ = key;
  }
}

}  // namespace daybook::sources::testing
