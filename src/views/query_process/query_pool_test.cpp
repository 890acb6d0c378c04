// What becomes of queries, good and bad, and of the processes that compute them. The test program
// is such a process, too: testing/query_main_test.cpp.

#include "views/query_process/query_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

#include "io/own_process.h"
#include "views/query_process/query_worker.h"

namespace daybook::views {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using Row = std::vector<Value>;

constexpr milliseconds kPatience{300'000};

// One step of DuckDB's, which nothing interrupts; of 1,000,000,000,000 comparisons.
constexpr const char* kEndless = "SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000))";

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = steady_clock::now() + kPatience;
  while (!condition()) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::vector<int> children() {
  std::vector<int> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(task.path() / "children");
    for (int pid = 0; list >> pid;) found.push_back(pid);
  }
  return found;
}

QueryJob job(const std::string& sql, milliseconds time_limit = kPatience) {
  return {.sql = sql, .time_limit = time_limit};
}

Error error_of(QueryPool& pool, const QueryJob& job) {
  const auto answer = pool.run(job);
  EXPECT_FALSE(answer) << job.sql;
  return answer ? Error{} : answer.error();
}

TEST(QueryPool, AnswersASelect) {
  QueryPool pool;
  const auto answer = pool.run(
      job("SELECT i, i / 2 AS half, nullif('row ' || i, 'row 1') AS t FROM range(2) r(i)"));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->columns,
            (std::vector<ResultColumn>{{"i", "BIGINT"}, {"half", "DOUBLE"}, {"t", "VARCHAR"}}));
  EXPECT_THAT(answer->rows, ElementsAre(Row{std::int64_t{0}, 0.0, "row 0"},
                                        Row{std::int64_t{1}, 0.5, std::monostate()}));
  EXPECT_FALSE(answer->truncated);
}

TEST(QueryPool, AnAnswerEndsAtTheRowLimit) {
  QueryPool pool;
  auto limited = job("SELECT * FROM range(5000)");
  limited.row_limit = 3000;
  EXPECT_EQ(pool.run(limited)->rows.size(), 3000U);
  EXPECT_TRUE(pool.run(limited)->truncated);
  limited.row_limit = 5000;
  EXPECT_FALSE(pool.run(limited)->truncated);
}

TEST(QueryPool, AnAnswerHasABoundOfBytes) {
  QueryPool pool;
  auto wide = job("SELECT repeat('x', 100000) FROM range(900)");
  const auto answer = pool.run(wide);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->truncated);
  EXPECT_EQ(answer->rows.size(), kMaxAnswerBytes / (100'000 + sizeof(Value)));
}

TEST(QueryPool, OneRowBeyondThatBoundIsRefused) {
  QueryPool pool;
  std::string columns;
  for (int i = 0; i < 10; ++i) columns += (i > 0 ? ", " : "") + std::string("repeat('x', n)");
  const auto error =
      error_of(pool, job("SELECT " + columns + " FROM range(7000000, 7000001) t(n)"));
  EXPECT_EQ(error.code, ErrorCode::kInvalid) << error.message;
  EXPECT_THAT(error.message, HasSubstr("one row of the answer has more than 64 MiB"));
  EXPECT_TRUE(pool.run(job("SELECT 1")));
}

TEST(QueryPool, WhatTakesTooMuchMemoryFailsAlone) {
  if (!io::kBoundsOwnMemory) return;
  QueryPool pool;
  for (const auto* bomb :
       {"SELECT repeat('x', 70000000)", "SELECT repeat('x', 1000000000)",
        "SELECT list_transform(range(100000000), x -> x)::VARCHAR",
        "SELECT len(repeat('x', 1000000000))", "SELECT len(list(i)) FROM range(100000000) t(i)",
        "SELECT max(len(repeat('x', 30000000 + i))) FROM range(1000) t(i)",
        "SELECT sum(length(s)) FROM (SELECT string_agg(repeat('x', 1000)) AS s "
        "FROM range(10000000))"}) {
    const auto error = error_of(pool, job(bomb));
    EXPECT_EQ(error.code, ErrorCode::kNoSpace) << bomb;
    EXPECT_THAT(error.message, HasSubstr("512 MiB")) << bomb;
    EXPECT_TRUE(pool.run(job("SELECT 1"))) << bomb;
  }
}

TEST(QueryPool, WhatIsNotOverInTimeIsKilled) {
  QueryPool pool;
  ASSERT_TRUE(pool.run(job("SELECT 1")));
  const auto began = steady_clock::now();
  EXPECT_EQ(error_of(pool, job(kEndless, milliseconds(50))).code, ErrorCode::kTimedOut);
  EXPECT_LT(steady_clock::now() - began, kPatience) << "of an hour or so";
  EXPECT_TRUE(pool.run(job("SELECT 1")));
}

TEST(QueryPool, FilesAndTheOutsideAreOutOfReach) {
  QueryPool pool;
  for (const auto* sql :
       {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_blob('/proc/self/environ')", "SELECT * FROM glob('/*')",
        "SELECT * FROM read_parquet('https://127.0.0.1/x.parquet')",
        "COPY (SELECT 1) TO '/tmp/daybook_query_pool_test'",
        "ATTACH '/tmp/daybook_query_pool_test'", "INSTALL httpfs", "LOAD httpfs",
        "SET enable_external_access = true", "SELECT getenv('HOME')", "CREATE TABLE t (a INT)"}) {
    EXPECT_EQ(error_of(pool, job(sql)).code, ErrorCode::kInvalid) << sql;
  }
  EXPECT_FALSE(std::filesystem::exists("/tmp/daybook_query_pool_test"));
}

TEST(QueryPool, AProcessThatDiesIsAnErrorOfItsQuery) {
  QueryPool ended({.command = {"/bin/sh", "-c", "exit 3"}});
  auto error = error_of(ended, job("SELECT 1"));
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_THAT(error.message, HasSubstr("exit status 3"));
  QueryPool killed({.command = {"/bin/sh", "-c", "kill -9 $$"}});
  EXPECT_THAT(error_of(killed, job("SELECT 1")).message, HasSubstr("signal 9"));
  QueryPool missing({.command = {"/nowhere/daybook"}});
  EXPECT_EQ(error_of(missing, job("SELECT 1")).code, ErrorCode::kNotFound);
}

TEST(QueryPool, WhatIsNoAnswerIsRefused) {
  QueryPool pool({.command = {"/bin/sh", "-c", "exec yes"}});
  EXPECT_EQ(error_of(pool, job("SELECT 1")).code, ErrorCode::kCorrupt);
}

TEST(QueryPool, AProcessIsKeptForTheNextQuery) {
  QueryPool pool({.processes = 1});
  ASSERT_TRUE(pool.run(job("SELECT 1")));
  const auto first = children();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_FALSE(pool.run(job("nonsense")));
  ASSERT_TRUE(pool.run(job("SELECT 1")));
  EXPECT_EQ(children(), first);
}

TEST(QueryPool, AProcessThatWasEndedFromOutsideIsReplaced) {
  QueryPool pool({.processes = 1});
  ASSERT_TRUE(pool.run(job("SELECT 1")));
  const auto first = children();
  ASSERT_EQ(first.size(), 1U);
  ::kill(first.front(), SIGKILL);
  ASSERT_TRUE(eventually([&] {
    std::string status;
    std::ifstream("/proc/" + std::to_string(first.front()) + "/stat") >> status >> status >> status;
    return status == "Z";
  }));
  EXPECT_TRUE(pool.run(job("SELECT 1")));
  EXPECT_NE(children(), first);
}

TEST(QueryPool, AProcessThatHoldsMuchMemoryIsReplaced) {
  if (!io::kBoundsOwnMemory) return;
  QueryPool pool({.processes = 1});
  ASSERT_TRUE(pool.run(
      job("SELECT count(*) FROM (SELECT DISTINCT i::VARCHAR || 'abc' FROM range(3000000) t(i))")));
  EXPECT_THAT(children(), ElementsAre());
}

TEST(QueryPool, ProcessesEndWhenNobodyAsksAndWithThePool) {
  {
    QueryPool pool({.idle_time = milliseconds(1)});
    ASSERT_TRUE(pool.run(job("SELECT 1")));
    EXPECT_TRUE(eventually([] { return children().empty(); }));
    ASSERT_TRUE(pool.run(job("SELECT 1")));
  }
  {
    QueryPool pool;
    ASSERT_TRUE(pool.run(job("SELECT 1")));
  }
  EXPECT_THAT(children(), ElementsAre());
}

TEST(QueryPool, WhoFindsNoPlaceInTimeIsToldSo) {
  QueryPool pool({.processes = 1});
  std::jthread first([&] {
    EXPECT_EQ(error_of(pool, job(kEndless)).code, ErrorCode::kNoSpace) << "it is ended below";
  });
  ASSERT_TRUE(eventually([] { return !children().empty(); }));
  const auto error = error_of(pool, job("SELECT 1", milliseconds(1)));
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("ask again"));
  ::kill(children().front(), SIGKILL);
}

TEST(QueryPool, ManyAskAtOnce) {
  QueryPool pool;
  std::vector<std::jthread> askers;
  for (int i = 0; i < 8; ++i) {
    askers.emplace_back([&pool, i] {
      const auto answer = pool.run(job("SELECT " + std::to_string(i)));
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->rows, (std::vector<Row>{{std::int64_t{i}}}));
    });
  }
}

}  // namespace
}  // namespace daybook::views
