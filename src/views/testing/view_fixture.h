// A view over a log in memory, with its files in a folder that goes with the test: what the tests
// of views as users see them have in common.

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "client/memory_log.h"
#include "client/schema.h"
#include "views/kinds/table/table_plan.h"
#include "views/view.h"

namespace daybook::views::testing {

using Row = std::vector<Value>;

inline constexpr std::chrono::seconds kPatience{60};

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline client::Schema payments(client::Envelope envelope = client::Envelope::kDebezium) {
  return {envelope,
          {{"id", "BIGINT", true},
           {"account_id", "BIGINT"},
           {"amount", "DECIMAL(18,2)"},
           {"note", "VARCHAR"}}};
}

inline std::string row(int id, int account, const std::string& amount) {
  return R"({"id":)" + std::to_string(id) + R"(,"account_id":)" + std::to_string(account) +
         R"(,"amount":")" + amount + R"(","note":"n"})";
}

inline std::string change(const std::string& op, const std::string& before,
                          const std::string& after) {
  return R"({"before":)" + before + R"(,"after":)" + after + R"(,"source":{"lsn":1},"op":")" + op +
         R"(","ts_ms":1})";
}

class ViewTest : public ::testing::Test {
 protected:
  ViewTest() : log_(client::make_memory_log()) {}

  void make_topic(std::int32_t partitions = 1) {
    ASSERT_TRUE(log_->create_topic({topic_, partitions, {}}));
  }
  void publish(const client::Schema& schema) {
    ASSERT_TRUE(client::publish_schema(*log_, topic_, schema));
  }
  void write(const std::string& key, const std::optional<std::string>& value,
             std::int32_t partition = 0, std::vector<client::HeaderView> headers = {}) {
    auto writer = log_->make_writer().value();
    client::OutgoingRecord record;
    record.topic = topic_;
    record.partition = PartitionId{partition};
    record.key = key;
    if (value) record.value = *value;
    record.headers = std::move(headers);
    ASSERT_TRUE(writer->write(record));
    ASSERT_TRUE(writer->flush(client::milliseconds(1000)));
  }
  std::unique_ptr<View> open(const std::string& sql = kBalances,
                             std::vector<std::string> key = {"account_id"}) {
    ViewSpec spec{"balances", "tx", topic_, std::nullopt, stop_on_error_, swap_by_hand_};
    auto plan = table::make_table_plan(std::move(key), sql);
    auto view = open_view(spec, std::move(plan),
                          {*log_, io::real_file_system(), io::real_clock(), folder_.path()});
    EXPECT_TRUE(view) << view.error().message;
    return view ? std::move(*view) : nullptr;
  }
  // Waits until the view has everything that is in the log.
  client::Position end() {
    client::Position position;
    const auto topic = log_->describe_topic(topic_).value();
    const auto ranges = log_->offsets_of(partitions_of(topic)).value();
    for (const auto& [partition, range] : ranges) position[partition] = range.end;
    return position;
  }
  Result<Answer> ask(View& view, const std::string& sql) {
    ReadOptions options;
    options.min_position = end();
    options.wait_limit = kPatience;
    return view.reader().query(sql, options);
  }
  std::vector<Row> rows(View& view, const std::string& sql) {
    const auto answer = ask(view, sql);
    EXPECT_TRUE(answer) << answer.error().message << " | " << view.status().detail;
    return answer ? answer->rows : std::vector<Row>();
  }
  static bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static constexpr const char* kBalances =
      "SELECT account_id, sum(amount) AS balance, count(*) AS entries, max(amount) AS largest "
      "FROM tx GROUP BY account_id";

  const std::string topic_ = "bank.card_tx";
  bool stop_on_error_ = false;
  bool swap_by_hand_ = false;
  TemporaryFolder folder_;
  std::unique_ptr<client::LogClient> log_;
};

}  // namespace daybook::views::testing
