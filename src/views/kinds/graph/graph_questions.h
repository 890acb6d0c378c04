// What can be asked of a graph. Questions about a node's surroundings follow the edges' indexes,
// and are bounded by how many nodes they visit; questions about the whole graph read all of its
// edges into memory once, up to a bound.
//
// Threads: any.

#pragma once

#include <vector>

#include "views/question.h"

namespace daybook::views::graph {

inline constexpr std::size_t kMaxVisited = 1'000'000;  // nodes, by one question
inline constexpr std::size_t kMaxEdges = 10'000'000;   // that are read for one question
inline constexpr std::int64_t kMaxHops = 100;

std::vector<Question> graph_questions();

}  // namespace daybook::views::graph
