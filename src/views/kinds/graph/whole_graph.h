// A graph in memory, for what is asked of all of it: components and ranks. Parallel edges are one,
// with their number as its weight.
//
// One thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "views/sqlite/database.h"

namespace daybook::views::graph {

class WholeGraph {
 public:
  // Reads every edge. kNoSpace: there are more than `max_edges`.
  static Result<WholeGraph> read(sqlite::Database& database, std::size_t max_edges);

  const std::vector<std::string>& names() const { return names_; }

  // For each node the smallest number of a node that it is connected with, in whatever direction.
  std::vector<std::uint32_t> components() const;

  // PageRank: the part of its time that a walk spends at each node, if at each step it follows an
  // edge with probability `damping`, and else, and where there is no edge, begins anywhere. Until
  // no node changes by more than 1e-10, or 200 steps. kTimedOut after the deadline.
  Result<std::vector<double>> ranks(double damping,
                                    std::chrono::steady_clock::time_point deadline) const;

 private:
  struct Edge {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t weight = 0;
  };
  std::uint32_t number_of(std::string_view name);

  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<Edge> edges_;
};

}  // namespace daybook::views::graph
