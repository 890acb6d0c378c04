#include "views/kinds/graph/graph_plan.h"

#include <nlohmann/json.hpp>

#include "views/keyed/keyed_fold.h"
#include "views/kinds/graph/graph_questions.h"

namespace daybook::views::graph {
namespace {

class GraphPlan final : public ViewPlan {
 public:
  explicit GraphPlan(GraphOptions options)
      : options_(std::move(options)), questions_(graph_questions()) {}

  std::string_view kind() const override { return "graph"; }
  const std::vector<std::string>& key() const override { return options_.key; }
  const std::vector<Question>& questions() const override { return questions_; }
  bool needs_columns() const override { return false; }

  std::string definition() const override {
    const auto type = options_.type_name ? "'" + *options_.type_name + "'" : options_.type;
    return nlohmann::json{{"edge",
                           {{"key", options_.key},
                            {"from", options_.from},
                            {"to", options_.to},
                            {"type", type},
                            {"properties", options_.properties}}}}
        .dump();
  }

  std::vector<Error> check(const ViewSpec& spec) const override {
    auto faults = check_paths(spec, options_.key, options_.properties, {"from", "to", "type"});
    // The ends may be among the key and the properties.
    for (const auto& path : {options_.from, options_.to, options_.type}) {
      if (path.empty() && options_.type_name) continue;
      for (auto& fault : check_paths(spec, {path}, {}, {})) faults.push_back(std::move(fault));
    }
    return faults;
  }

  Result<std::unique_ptr<Fold>> make_fold(const ViewSpec& spec,
                                          const client::Schema& schema) const override {
    KeyedTable table{.kind = "graph 1", .key = options_.key, .fields = {}, .more_sql = {}};
    table.fields = {{.name = "from", .path = options_.from, .type = "TEXT", .is_required = true},
                    {.name = "to", .path = options_.to, .type = "TEXT", .is_required = true},
                    {.name = "type",
                     .path = options_.type,
                     .literal = options_.type_name,
                     .type = "TEXT",
                     .is_required = true}};
    for (const auto& property : options_.properties) {
      table.fields.push_back({.name = property, .path = property});
    }
    table.more_sql =
        "CREATE INDEX daybook_from ON daybook_rows (\"from\", \"to\");"
        "CREATE INDEX daybook_to ON daybook_rows (\"to\", \"from\");";
    return std::make_unique<KeyedFold>(std::move(table), spec.name, schema);
  }

 private:
  const GraphOptions options_;
  const std::vector<Question> questions_;
};

}  // namespace

std::unique_ptr<ViewPlan> make_graph_plan(GraphOptions options) {
  return std::make_unique<GraphPlan>(std::move(options));
}

}  // namespace daybook::views::graph
