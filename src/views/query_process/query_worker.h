// What a query process is: the binary itself, started by QueryPool with kQueryWorkerWord as its one
// argument. It bounds its own memory, answers job after job, and ends when its input does.

#pragma once

#include <cstddef>

#include "views/query_process/query_job.h"

namespace daybook::views {

inline constexpr const char* kQueryWorkerWord = "query-worker";

// That a query process may take: what DuckDB counts, what it does not, and the answer.
inline constexpr std::size_t kQueryProcessBytes = 512u << 20;
// One that keeps more after an answer is spent: the next query would have less than it may take.
inline constexpr std::size_t kWarmProcessBytes = 128u << 20;
inline constexpr int kQueryNiceness = 10;

// Whether this process was started to be one.
bool is_query_worker(int argc, const char* const* argv);

// Serves standard input and output until they end; returns the exit status.
int run_query_worker();

}  // namespace daybook::views
