// The contract of client/transactions.h as tests, run over every log there is, as log_contract.h
// is.

#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "client/log_client.h"
#include "client/transactions.h"

namespace daybook::client::testing {

struct TransactionsUnderTest {
  std::string name;
  std::function<std::unique_ptr<LogClient>()> make_log;
  std::function<std::unique_ptr<Transactions>(LogClient&)> make;  // of that log
  friend std::ostream& operator<<(std::ostream& out, const TransactionsUnderTest& log) {
    return out << log.name;
  }
};

class TransactionsContract : public ::testing::TestWithParam<TransactionsUnderTest> {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::string make_topic(std::int32_t partitions = 1);
  // Writes values "0".."count-1" by turns to the topic's partitions.
  void write_numbers(const std::string& topic, int count, std::int32_t partitions = 1);
  std::unique_ptr<MemberReader> join(const std::string& topic, const std::string& instance = "one");
  std::unique_ptr<TransactionalWriter> make_writer(const std::string& id);
  // The committed values of partition 0, once there are `count`.
  std::vector<std::string> committed(const std::string& topic, std::size_t count);

  std::unique_ptr<LogClient> log_;
  std::unique_ptr<Transactions> transactions_;
  std::string prefix_;  // of groups and ids that are this test's own

 private:
  std::vector<std::string> topics_;
};

}  // namespace daybook::client::testing
