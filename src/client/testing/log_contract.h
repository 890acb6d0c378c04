// The contract of client/log_client.h as tests, run over every LogClient there is. A test program
// links the cases (log_contract_test.cpp) and says which log they are to run over:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, LogContract, Values(LogUnderTest{"memory", make}));

#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "client/log_client.h"

namespace daybook::client::testing {

struct LogUnderTest {
  std::string name;
  std::function<std::unique_ptr<LogClient>()> make;  // of a log that lives as long as the program
  friend std::ostream& operator<<(std::ostream& out, const LogUnderTest& log) {
    return out << log.name;
  }
};

// What it takes a reader that may hold a few MiB some ten times to fill up.
inline constexpr std::size_t kManyLargeRecords = 30'000;
// Writes them to partition 0.
void write_many_large_records(LogClient& log, const std::string& topic);
// Reads them all, each time when as many as fit have been read ahead. In how many fetches after the
// first records nothing came in a fifth of a second. A machine that is busy makes such pauses, too:
// the least of a few turns, each from the beginning with a reader of its own, unless one has few.
using Fetch = std::function<Result<std::unique_ptr<Batch>>(milliseconds max_wait)>;
std::size_t pauses_in_many_large_records(LogClient& log, const std::string& topic,
                                         const std::function<Fetch()>& make_fetch);
// A reader that stopped for a second each time that it is full would have more than twice as many.
inline constexpr std::size_t kFewPauses = 10;

class LogContract : public ::testing::TestWithParam<LogUnderTest> {
 protected:
  void SetUp() override;
  void TearDown() override;

  // A topic of this test's own, deleted at its end.
  std::string make_topic(std::int32_t partitions = 1);
  // Writes and flushes values "0".."count-1" with keys "k<i>" to one partition.
  void write_numbers(const std::string& topic, int first, int count, PartitionId partition = {});
  // Reads from `start` until `count` values came.
  std::vector<std::string> read_values(const Position& start, std::size_t count);

  std::unique_ptr<LogClient> log_;

 private:
  std::vector<std::string> topics_;
};

}  // namespace daybook::client::testing
