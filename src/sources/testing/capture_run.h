// What the tests of capture share: a source that runs on a thread, the events of a topic, and a
// consumer that folds them and believes nothing.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "client/log_client.h"
#include "sources/kinds/postgres/postgres_config.h"
#include "sources/testing/private_postgres.h"

namespace daybook::sources::testing {

using Json = nlohmann::json;

// Tables of schema public, into topics "bank.<table>", with a slot of this test's own.
postgres::PostgresConfig config_for(const PrivatePostgres& server,
                                    const std::vector<std::string>& tables);

// A source on its own thread; asked to stop, and waited for, at the end.
class CaptureRun {
 public:
  CaptureRun(const postgres::PostgresConfig& config, client::LogClient& log);
  ~CaptureRun() { stop(); }

  SourceStatus status() const { return source_->status(); }
  Status stop();               // what run() returned
  double cpu_seconds() const;  // of the source's own thread so far
  // Until the source is in this state, or has ended.
  bool reaches(SourceState state) const;

 private:
  std::unique_ptr<Source> source_;
  Status ended_;
  mutable std::jthread thread_;
};

// Until the slot has been told that everything committed so far is in the log.
bool all_captured(const PrivatePostgres& server, const postgres::PostgresConfig& config);

struct Event {
  std::int32_t partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::string position;
  Json json() const { return value ? Json::parse(*value) : Json(); }
};

std::vector<Event> events_of(client::LogClient& log, const std::string& topic);

// Applies events in order and checks each against what it knows: a row begins once, changes from
// what it was, and ends once. So an event that is lost, repeated or out of order is seen.
class StrictConsumer {
 public:
  void apply(const Event& event);
  const std::map<std::string, Json>& rows() const { return rows_; }  // by the event's key
  int begun() const { return begun_; }

 private:
  std::map<std::string, Json> rows_;
  std::string deleted_;  // the key whose tombstone must come next
  int begun_ = 0;
};

}  // namespace daybook::sources::testing
