#include "views/kinds/graph/graph_questions.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "views/kinds/graph/whole_graph.h"
#include "views/version_reader.h"

namespace daybook::views::graph {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kMaxPathHops = 12;  // of `paths`, whose number grows with each
constexpr std::int64_t kMaxLimit = 10'000;

constexpr const char* kOut =
    "SELECT \"to\" AS node, 'out' AS direction, type FROM daybook_rows "
    "WHERE \"from\" = ?1";
constexpr const char* kIn =
    "SELECT \"from\" AS node, 'in' AS direction, type FROM daybook_rows "
    "WHERE \"to\" = ?1";

// Edges of the node ?1: columns node, direction, type.
Result<std::string> edges_sql(const Arguments& arguments, const std::string& otherwise) {
  const auto direction = arguments.text("direction").value_or(otherwise);
  if (direction == "out") return kOut;
  if (direction == "in") return kIn;
  if (direction == "both") return std::string(kOut) + " UNION ALL " + kIn;
  return fail(ErrorCode::kInvalid, "direction must be out, in or both, not \"" + direction + "\"");
}

Result<Answer> neighbours(VersionReader& version, const Arguments& arguments,
                          const ReadOptions& options) {
  DAYBOOK_TRY(const auto edges, edges_sql(arguments, "both"));
  std::vector<Value> values = {*arguments.text("node")};
  std::string where;
  if (const auto type = arguments.text("type")) {
    where = " WHERE type = ?2";
    values.emplace_back(*type);
  }
  return version.select("SELECT node, direction, type, count(*) AS edges FROM (" + edges + ")" +
                            where +
                            " GROUP BY node, direction, type ORDER BY edges DESC, node, "
                            "direction, type",
                        values, options);
}

// Follows edges from a node, the nearest nodes first.
class Search {
 public:
  static Result<Search> start(sqlite::Database& database, const std::string& edges,
                              const std::string& from) {
    Search search;
    DAYBOOK_TRY(search.next_,
                database.prepare("SELECT DISTINCT node FROM (" + edges + ") ORDER BY node"));
    search.visit(from, 0, 0);
    return search;
  }

  struct Visit {
    std::string node;
    std::size_t parent = 0;
    std::int64_t hops = 0;
  };
  const std::vector<Visit>& visits() const { return visits_; }

  // Goes on until `to` is found, or everything within `hops`. Where `to` is, or nothing.
  Result<std::optional<std::size_t>> run(const std::optional<std::string>& to, std::int64_t hops) {
    for (std::size_t at = 0; at < visits_.size(); ++at) {
      if (to && visits_[at].node == *to) return at;
      if (visits_[at].hops == hops) continue;
      DAYBOOK_TRY_VOID(expand(at));
    }
    return std::nullopt;
  }

 private:
  Status expand(std::size_t at) {
    const auto node = visits_[at].node;
    next_.reset();
    next_.bind(0, std::string_view(node));
    while (true) {
      DAYBOOK_TRY(const bool has_row, next_.step());
      if (!has_row) return {};
      if (visits_.size() >= kMaxVisited) {
        next_.reset();
        return fail(ErrorCode::kNoSpace, "more than " + std::to_string(kMaxVisited) +
                                             " nodes are within reach: ask for fewer hops");
      }
      visit(std::string(next_.text(0)), at, visits_[at].hops + 1);
    }
  }

  void visit(std::string node, std::size_t parent, std::int64_t hops) {
    if (numbers_.try_emplace(node, visits_.size()).second) {
      visits_.push_back({std::move(node), parent, hops});
    }
  }

  sqlite::Statement next_;
  std::vector<Visit> visits_;
  std::unordered_map<std::string, std::size_t> numbers_;
};

bool has_room(Answer& answer, const ReadOptions& options) {
  answer.truncated = answer.rows.size() >= std::min(options.row_limit, kMaxRowLimit);
  return !answer.truncated;
}

Result<Answer> reach(VersionReader& version, const Arguments& arguments,
                     const ReadOptions& options) {
  DAYBOOK_TRY(const auto edges, edges_sql(arguments, "out"));
  DAYBOOK_TRY(const auto hops, arguments.integer("hops", 1, kMaxHops, 2));
  return version.read(options, [&](sqlite::Database& database, Answer& answer) -> Status {
    DAYBOOK_TRY(auto search, Search::start(database, edges, *arguments.text("node")));
    DAYBOOK_TRY_VOID(search.run(std::nullopt, hops));
    answer.columns = {{"node", "VARCHAR"}, {"hops", "BIGINT"}};
    for (std::size_t i = 1; i < search.visits().size() && has_room(answer, options); ++i) {
      answer.rows.push_back({search.visits()[i].node, search.visits()[i].hops});
    }
    return {};
  });
}

Result<Answer> shortest(VersionReader& version, const Arguments& arguments,
                        const ReadOptions& options) {
  DAYBOOK_TRY(const auto edges, edges_sql(arguments, "out"));
  DAYBOOK_TRY(const auto hops, arguments.integer("hops", 1, kMaxHops, kMaxHops));
  return version.read(options, [&](sqlite::Database& database, Answer& answer) -> Status {
    DAYBOOK_TRY(auto search, Search::start(database, edges, *arguments.text("from")));
    DAYBOOK_TRY(auto at, search.run(arguments.text("to"), hops));
    answer.columns = {{"hop", "BIGINT"}, {"node", "VARCHAR"}};
    if (!at) return {};
    while (true) {
      const auto& visit = search.visits()[*at];
      answer.rows.insert(answer.rows.begin(), {visit.hops, visit.node});
      if (visit.hops == 0) return {};
      at = visit.parent;
    }
  });
}

Result<Answer> paths(VersionReader& version, const Arguments& arguments,
                     const ReadOptions& options) {
  DAYBOOK_TRY(const auto hops, arguments.integer("hops", 1, kMaxPathHops, 4));
  return version.select(
      "WITH RECURSIVE walk (node, path, hops) AS (SELECT ?1, json_array(?1), 0 UNION SELECT "
      "e.\"to\", json_insert(w.path, '$[#]', e.\"to\"), w.hops + 1 FROM walk w JOIN daybook_rows e "
      "ON e.\"from\" = w.node WHERE w.hops < ?3 AND (w.node <> ?2 OR w.hops = 0) AND NOT EXISTS "
      "(SELECT 1 FROM json_each(w.path) j WHERE j.value = e.\"to\")) SELECT hops, path FROM walk "
      "WHERE node = ?2 AND hops > 0",
      {*arguments.text("from"), *arguments.text("to"), hops}, options);
}

Result<Answer> degree(VersionReader& version, const Arguments& arguments,
                      const ReadOptions& options) {
  DAYBOOK_TRY(const auto limit, arguments.integer("limit", 1, kMaxLimit, 20));
  const auto node = arguments.text("node");
  const std::string from = node ? " WHERE \"from\" = ?2" : "";
  const std::string to = node ? " WHERE \"to\" = ?2" : "";
  std::vector<Value> values = {limit};
  if (node) values.emplace_back(*node);
  return version.select(
      "SELECT node, sum(o) AS \"out\", sum(i) AS \"in\" FROM (SELECT \"from\" AS node, count(*) AS "
      "o, 0 AS i FROM daybook_rows" +
          from + " GROUP BY \"from\" UNION ALL SELECT \"to\", 0, count(*) FROM daybook_rows" + to +
          " GROUP BY \"to\") GROUP BY node ORDER BY sum(o) + sum(i) DESC, node LIMIT ?1",
      values, options);
}

// Without a node the components, the largest first; with one the nodes of its own.
Result<Answer> components(VersionReader& version, const Arguments& arguments,
                          const ReadOptions& options) {
  return version.read(options, [&](sqlite::Database& database, Answer& answer) -> Status {
    DAYBOOK_TRY(const auto graph, WholeGraph::read(database, kMaxEdges));
    const auto parts = graph.components();
    const auto& names = graph.names();
    if (const auto node = arguments.text("node")) {
      answer.columns = {{"node", "VARCHAR"}};
      const auto found = std::ranges::find(names, *node);
      if (found == names.end()) return {};
      const auto part = parts[static_cast<std::size_t>(found - names.begin())];
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (parts[i] == part && has_room(answer, options)) answer.rows.push_back({names[i]});
      }
      std::ranges::sort(answer.rows);
      return {};
    }
    std::vector<std::int64_t> sizes(names.size(), 0);
    std::vector<std::string> first(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto part = parts[i];
      if (sizes[part]++ == 0 || names[i] < first[part]) first[part] = names[i];
    }
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i] > 0) order.push_back(i);
    }
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
      return sizes[a] != sizes[b] ? sizes[a] > sizes[b] : first[a] < first[b];
    });
    answer.columns = {{"component", "VARCHAR"}, {"nodes", "BIGINT"}};
    for (const auto part : order) {
      if (!has_room(answer, options)) return {};
      answer.rows.push_back({first[part], sizes[part]});
    }
    return {};
  });
}

Result<Answer> pagerank(VersionReader& version, const Arguments& arguments,
                        const ReadOptions& options) {
  DAYBOOK_TRY(const auto limit, arguments.integer("limit", 1, kMaxLimit, 20));
  DAYBOOK_TRY(const auto percent, arguments.integer("damping_percent", 1, 99, 85));
  const auto deadline = Clock::now() + options.time_limit;
  return version.read(options, [&](sqlite::Database& database, Answer& answer) -> Status {
    DAYBOOK_TRY(const auto graph, WholeGraph::read(database, kMaxEdges));
    answer.columns = {{"node", "VARCHAR"}, {"rank", "DOUBLE"}};
    if (graph.names().empty()) return {};
    DAYBOOK_TRY(const auto ranks, graph.ranks(double(percent) / 100, deadline));
    std::vector<std::size_t> order(ranks.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto shown = std::min(order.size(), static_cast<std::size_t>(limit));
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(shown),
                              [&](std::size_t a, std::size_t b) {
                                return ranks[a] != ranks[b] ? ranks[a] > ranks[b]
                                                            : graph.names()[a] < graph.names()[b];
                              });
    for (std::size_t i = 0; i < shown && has_room(answer, options); ++i) {
      answer.rows.push_back({graph.names()[order[i]], ranks[order[i]]});
    }
    return {};
  });
}

}  // namespace

std::vector<Question> graph_questions() {
  const QuestionParameter node{.name = "node", .meaning = "the node", .is_required = true};
  const QuestionParameter some_node{.name = "node", .meaning = "about this node alone"};
  const QuestionParameter from{.name = "from", .meaning = "the first node", .is_required = true};
  const QuestionParameter to{.name = "to", .meaning = "the last node", .is_required = true};
  const QuestionParameter direction{.name = "direction", .meaning = "of the edges: out, in, both"};
  const QuestionParameter hops{.name = "hops", .meaning = "how many edges away at most"};
  const QuestionParameter limit{.name = "limit", .meaning = "nodes; 20 by default"};
  return {
      {"neighbours",
       "the nodes that edges join with a node",
       {node, direction, {.name = "type", .meaning = "of the edges"}},
       neighbours},
      {"reach",
       "the nodes within some hops of a node; 2 by default",
       {node, hops, direction},
       reach},
      {"shortest", "a path with the fewest hops", {from, to, hops, direction}, shortest},
      {"paths",
       "all paths that visit no node twice; up to 4 hops by default",
       {from, to, hops},
       paths},
      {"degree",
       "how many edges go out of and into a node; the most first",
       {some_node, limit},
       degree},
      {"components",
       "the parts of the graph that no edge joins, or the nodes of one",
       {some_node},
       components},
      {"pagerank",
       "the nodes that most walks come to",
       {limit, {.name = "damping_percent", .meaning = "85 by default"}},
       pagerank},
  };
}

}  // namespace daybook::views::graph
