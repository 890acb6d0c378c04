#include "views/kinds/graph/graph_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "views/testing/kind_run.h"

namespace daybook::views::graph {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using views::testing::change;
using views::testing::KindRun;
using views::testing::Row;
using views::testing::TestEvent;
using Arguments = std::vector<std::pair<std::string, std::string>>;

std::shared_ptr<const ViewPlan> payments() {
  return make_graph_plan({.key = {"id"},
                          .from = "debtor",
                          .to = "creditor",
                          .type_name = "PAID",
                          .properties = {"amount"}});
}

const client::Schema kChanges{client::Envelope::kDebezium, {{"id", "BIGINT", true}}};

std::string edge(int id, const std::string& from, const std::string& to) {
  return R"({"id":)" + std::to_string(id) + R"(,"debtor":)" + from + R"(,"creditor":)" + to +
         R"(,"amount":"1.50"})";
}

// A run over edges given as "ab": from a to b.
class Edges : public KindRun {
 public:
  explicit Edges(const std::vector<std::string>& edges) : KindRun(payments(), kChanges) {
    int id = 0;
    std::vector<TestEvent> events;
    for (const auto& pair : edges) {
      const auto name = [&](std::size_t end) { return "\"" + pair.substr(end, 1) + "\""; };
      ++id;
      events.push_back(change(std::to_string(id), "c", "null", edge(id, name(0), name(1))));
    }
    EXPECT_THAT(apply(events), IsEmpty());
  }
  // Every row as text, "b 1 ".
  std::vector<std::string> answers(const std::string& question, Arguments arguments) {
    const auto answer = ask(question, std::move(arguments));
    EXPECT_TRUE(answer) << answer.error().message;
    std::vector<std::string> lines;
    for (const auto& row : answer ? answer->rows : std::vector<Row>()) {
      std::string line;
      for (const auto& value : row) {
        const auto* text = std::get_if<std::string>(&value);
        const auto* whole = std::get_if<std::int64_t>(&value);
        line += (line.empty() ? "" : " ") + (text != nullptr ? *text : std::to_string(*whole));
      }
      lines.push_back(line);
    }
    return lines;
  }
};

TEST(Graph, ChangesMoveAndRemoveEdges) {
  KindRun run(payments(), kChanges);
  EXPECT_THAT(run.apply({change("1", "c", "null", edge(1, "7", "8")),
                         change("2", "c", "null", edge(2, "7", "9")),
                         change("1", "u", edge(1, "7", "8"), edge(1, "7", "10")),
                         change("2", "d", edge(2, "7", "9"), "null"),
                         change("3", "c", "null", edge(3, "null", "9")),
                         {"4", "poison"}}),
              ElementsAre("4: from: debtor is missing or null", HasSubstr("5: not JSON")));
  EXPECT_THAT(run.rows("SELECT * FROM v"),
              ElementsAre(Row{std::int64_t{1}, "7", "10", "PAID", "1.50"}));
  EXPECT_THAT(run.rows("SELECT id FROM v WHERE \"to\" = 10"), SizeIs(1));
  EXPECT_THAT(run.find({"2"}), IsEmpty());
}

TEST(Graph, NeighboursAreTheNodesThatEdgesJoin) {
  Edges run({"ab", "ab", "ac", "da"});
  EXPECT_THAT(run.answers("neighbours", {{"node", "a"}}),
              ElementsAre("b out PAID 2", "c out PAID 1", "d in PAID 1"));
  EXPECT_THAT(run.answers("neighbours", {{"node", "a"}, {"direction", "in"}}),
              ElementsAre("d in PAID 1"));
  EXPECT_THAT(run.answers("neighbours", {{"node", "a"}, {"type", "OWNS"}}), IsEmpty());
  EXPECT_THAT(run.ask("neighbours", {{"node", "a"}, {"direction", "up"}}).error().message,
              HasSubstr("direction must be"));
  EXPECT_THAT(run.ask("neighbours", {}).error().message, HasSubstr("\"node\" is missing"));
}

TEST(Graph, PathsAreFoundUpToTheHopsThatAreAllowed) {
  Edges run({"ab", "bc", "cd", "ac", "da", "ab", "xy"});
  EXPECT_THAT(run.answers("reach", {{"node", "a"}, {"hops", "1"}}), ElementsAre("b 1", "c 1"));
  EXPECT_THAT(run.answers("reach", {{"node", "a"}}), ElementsAre("b 1", "c 1", "d 2"));
  EXPECT_THAT(run.answers("shortest", {{"from", "a"}, {"to", "d"}}),
              ElementsAre("0 a", "1 c", "2 d"));
  EXPECT_THAT(run.answers("shortest", {{"from", "a"}, {"to", "d"}, {"hops", "1"}}), IsEmpty());
  EXPECT_THAT(run.answers("shortest", {{"from", "a"}, {"to", "d"}, {"direction", "both"}}),
              ElementsAre("0 a", "1 d"));
  EXPECT_THAT(run.answers("shortest", {{"from", "a"}, {"to", "y"}}), IsEmpty());
  EXPECT_THAT(run.answers("shortest", {{"from", "a"}, {"to", "a"}}), ElementsAre("0 a"));
  EXPECT_THAT(run.answers("paths", {{"from", "a"}, {"to", "d"}}),
              ElementsAre(R"(2 ["a","c","d"])", R"(3 ["a","b","c","d"])"));
  EXPECT_THAT(run.answers("paths", {{"from", "a"}, {"to", "d"}, {"hops", "2"}}),
              ElementsAre(R"(2 ["a","c","d"])"));
}

TEST(Graph, DegreesAndComponentsAreThoseOfTheEdges) {
  Edges run({"ab", "bc", "ac", "xy", "zy"});
  EXPECT_THAT(run.answers("degree", {{"limit", "2"}}), ElementsAre("a 2 0", "b 1 1"));
  EXPECT_THAT(run.answers("degree", {{"node", "y"}}), ElementsAre("y 0 2"));
  EXPECT_THAT(run.answers("components", {}), ElementsAre("a 3", "x 3"));
  EXPECT_THAT(run.answers("components", {{"node", "z"}}), ElementsAre("x", "y", "z"));
  EXPECT_THAT(run.answers("components", {{"node", "nobody"}}), IsEmpty());
}

// Worked out by hand: a and b are 0.05 + 0.85 c / 3 each, and a + b + c = 1.
TEST(Graph, RanksAreThoseOfTheLimit) {
  Edges run({"ac", "bc"});
  const auto answer = run.ask("pagerank", {});
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_THAT(answer->rows, SizeIs(3));
  EXPECT_EQ(std::get<std::string>(answer->rows[0][0]), "c");
  EXPECT_NEAR(std::get<double>(answer->rows[0][1]), 0.5744680851, 1e-8);
  EXPECT_NEAR(std::get<double>(answer->rows[1][1]), 0.2127659574, 1e-8);
  Edges circle({"ab", "bc", "ca"});
  const auto ranks = circle.ask("pagerank", {{"limit", "2"}}).value();
  ASSERT_THAT(ranks.rows, SizeIs(2));
  EXPECT_NEAR(std::get<double>(ranks.rows[0][1]), 1.0 / 3, 1e-9);
}

TEST(Graph, ShortestPathsAreAsShortAsAnyOther) {
  std::mt19937 random(9);
  for (int round = 0; round < 10; ++round) {
    std::vector<std::string> edges;
    for (int i = 0; i < 14; ++i) {
      edges.push_back({char('a' + random() % 8), char('a' + random() % 8)});
    }
    Edges run(edges);
    // By trying every walk, hop by hop.
    std::set<char> reached = {'a'};
    std::int64_t hops = 0;
    for (; reached.count('h') == 0 && hops < 9; ++hops) {
      auto next = reached;
      for (const auto& pair : edges) {
        if (reached.count(pair[0]) != 0) next.insert(pair[1]);
      }
      reached = next;
    }
    const auto path = run.answers("shortest", {{"from", "a"}, {"to", "h"}});
    EXPECT_EQ(path.size(), hops == 9 ? 0 : static_cast<std::size_t>(hops) + 1);
  }
}

TEST(Graph, TheCutOfBatchesChangesNothing) {
  std::mt19937 random(3);
  std::vector<std::string> table(15, "null");
  std::vector<TestEvent> events;
  for (int i = 0; i < 200; ++i) {
    const auto id = random() % table.size();
    const auto node = [&] { return std::to_string(random() % 6); };
    const auto next = random() % 4 == 0 ? "null" : edge(int(id), node(), node());
    if (table[id] == "null" && next == "null") continue;
    const char* op = table[id] == "null" ? "c" : next == "null" ? "d" : "u";
    events.push_back(change(std::to_string(id), op, table[id], next));
    table[id] = next;
  }
  expect_same_however_cut(payments, kChanges, events, "SELECT * FROM v ORDER BY id");
}

TEST(Graph, EdgesOfPlainTopicsGoWithTheirTombstones) {
  KindRun run(
      make_graph_plan({.key = {"id"}, .from = "debtor", .to = "creditor", .type = "amount"}), {});
  EXPECT_THAT(run.apply({{"1", edge(1, "1", "2")}, {"2", edge(2, "2", "3")}, {"1", std::nullopt}}),
              IsEmpty());
  EXPECT_THAT(run.rows("SELECT * FROM v"), ElementsAre(Row{"2", "2", "3", "1.50"}));
}

}  // namespace
}  // namespace daybook::views::graph
