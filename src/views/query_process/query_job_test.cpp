#include "views/query_process/query_job.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace daybook::views {
namespace {

std::string body(const Result<std::string>& message) {
  EXPECT_TRUE(message);
  EXPECT_EQ(message_size(message->substr(0, kMessageHeadBytes)).value(),
            message->size() - kMessageHeadBytes);
  return message->substr(kMessageHeadBytes);
}

QueryOutcome some_outcome() {
  Answer answer;
  answer.columns = {{"n", "BIGINT", false}, {"x", "DOUBLE", false}};
  answer.rows = {{std::numeric_limits<std::int64_t>::min(), -0.5},
                 {std::monostate(), std::string("a\0b", 3)}};
  answer.truncated = true;
  return {.answer = std::move(answer), .is_spent = true};
}

TEST(QueryJob, ComesBackAsItWas) {
  const QueryJob job{
      .reader = {.folders = {"/a", "/b"}, .memory_limit_mb = 17, .spill_folder = "/c"},
      .tables = {{.name = "t",
                  .columns = {{"amount", {sql::TypeId::kDecimal, 18, 2}}},
                  .folder_columns = {"day"},
                  .files = {"1", "2"}}},
      .sql = "SELECT 1",
      .row_limit = 3,
      .time_limit = std::chrono::milliseconds(40)};
  const auto read = decode_job(body(encode(job)));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->reader, job.reader);
  EXPECT_EQ(read->tables, job.tables);
  EXPECT_EQ(read->sql, job.sql);
  EXPECT_EQ(read->row_limit, job.row_limit);
  EXPECT_EQ(read->time_limit, job.time_limit);
}

TEST(QueryOutcome, AnswersComeBackAsTheyWere) {
  const auto outcome = some_outcome();
  const auto read = decode_outcome(body(encode(outcome)));
  ASSERT_TRUE(read);
  ASSERT_TRUE(read->answer);
  EXPECT_EQ(read->answer->columns, outcome.answer->columns);
  EXPECT_EQ(read->answer->rows, outcome.answer->rows);
  EXPECT_TRUE(read->answer->truncated);
  EXPECT_TRUE(read->is_spent);
}

TEST(QueryOutcome, NotANumberStaysNone) {
  QueryOutcome outcome{.answer = Answer{}};
  outcome.answer->rows = {{std::nan("")}};
  const auto read = decode_outcome(body(encode(outcome)));
  ASSERT_TRUE(read && read->answer);
  EXPECT_TRUE(std::isnan(std::get<double>(read->answer->rows.at(0).at(0))));
}

TEST(QueryOutcome, ErrorsComeBackAsTheyWere) {
  const auto read =
      decode_outcome(body(encode({.answer = fail(ErrorCode::kTimedOut, "too slow")})));
  ASSERT_TRUE(read);
  ASSERT_FALSE(read->answer);
  EXPECT_EQ(read->answer.error().code, ErrorCode::kTimedOut);
  EXPECT_EQ(read->answer.error().message, "too slow");
  EXPECT_FALSE(read->is_spent);
}

TEST(QueryOutcome, ADamagedMessageIsRefused) {
  const auto whole = body(encode(some_outcome()));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto read = decode_outcome(whole.substr(0, size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  }
  EXPECT_FALSE(decode_outcome(whole + "x"));
  EXPECT_FALSE(message_size("\xff\xff\xff\xff\xff\xff\xff\xff"));
}

}  // namespace
}  // namespace daybook::views
