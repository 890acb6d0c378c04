#include "views/kinds/graph/whole_graph.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace daybook::views::graph {
namespace {

constexpr int kMaxSteps = 200;
constexpr double kPrecision = 1e-10;

}  // namespace

Result<WholeGraph> WholeGraph::read(sqlite::Database& database, std::size_t max_edges) {
  WholeGraph graph;
  DAYBOOK_TRY(auto select,
              database.prepare("SELECT \"from\", \"to\", count(*) FROM daybook_rows GROUP BY "
                               "\"from\", \"to\""));
  while (true) {
    DAYBOOK_TRY(const bool has_row, select.step());
    if (!has_row) return graph;
    if (graph.edges_.size() == max_edges) {
      return fail(ErrorCode::kNoSpace, "the graph has more than " + std::to_string(max_edges) +
                                           " edges, too many for a question about all of it");
    }
    const auto from = graph.number_of(select.text(0));
    const auto to = graph.number_of(select.text(1));
    const auto weight = std::min<std::int64_t>(select.integer(2), UINT32_MAX);
    graph.edges_.push_back({from, to, static_cast<std::uint32_t>(weight)});
  }
}

std::uint32_t WholeGraph::number_of(std::string_view name) {
  const auto [found, is_new] =
      numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.emplace_back(name);
  return found->second;
}

std::vector<std::uint32_t> WholeGraph::components() const {
  std::vector<std::uint32_t> parents(names_.size());
  std::iota(parents.begin(), parents.end(), 0U);
  const auto root_of = [&](std::uint32_t node) {
    while (parents[node] != node) {
      parents[node] = parents[parents[node]];
      node = parents[node];
    }
    return node;
  };
  for (const auto& edge : edges_) {
    const auto one = root_of(edge.from);
    const auto other = root_of(edge.to);
    parents[std::max(one, other)] = std::min(one, other);
  }
  for (std::uint32_t node = 0; node < parents.size(); ++node) parents[node] = root_of(node);
  return parents;
}

Result<std::vector<double>> WholeGraph::ranks(
    double damping, std::chrono::steady_clock::time_point deadline) const {
  const auto nodes = static_cast<double>(names_.size());
  std::vector<double> ranks(names_.size(), 1 / nodes);
  std::vector<double> out(names_.size(), 0);
  for (const auto& edge : edges_) out[edge.from] += edge.weight;
  for (int step = 0; step < kMaxSteps; ++step) {
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kTimedOut, "ranking took too long");
    }
    double stranded = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) stranded += out[i] == 0 ? ranks[i] : 0;
    std::vector<double> next(ranks.size(), (1 - damping + damping * stranded) / nodes);
    for (const auto& edge : edges_) {
      next[edge.to] += damping * ranks[edge.from] * edge.weight / out[edge.from];
    }
    double change = 0;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      change = std::max(change, std::abs(next[i] - ranks[i]));
    }
    ranks = std::move(next);
    if (change < kPrecision) break;
  }
  return ranks;
}

}  // namespace daybook::views::graph
