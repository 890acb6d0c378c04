// The kind `graph`: its options in the application file.

#include "views/kinds/graph/graph_plan.h"
#include "views/view_kind.h"

namespace daybook::views {
namespace {

class GraphKind final : public ViewKind {
 public:
  std::string_view name() const override { return "graph"; }

  std::unique_ptr<ViewPlan> plan(const ViewSpec& spec, Options& options) const override {
    Options* edge = options.section("edge");
    if (edge == nullptr) {
      options.fault("edge", "a graph needs edge: {key: ..., from: ..., to: ..., type: ...}");
      return nullptr;
    }
    const auto key = edge->required_texts("key");
    const auto from = edge->required_text("from");
    const auto to = edge->required_text("to");
    const auto type = edge->required_text("type");
    const auto properties = edge->texts("properties");
    if (!key || !from || !to || !type) return nullptr;
    graph::GraphOptions chosen{.key = *key, .from = *from, .to = *to};
    const bool is_literal = type->size() >= 2 && type->front() == '\'' && type->back() == '\'';
    if (is_literal) {
      chosen.type_name = type->substr(1, type->size() - 2);
    } else {
      chosen.type = *type;
    }
    if (properties) chosen.properties = *properties;
    return checked(graph::make_graph_plan(std::move(chosen)), spec, options, "edge");
  }
};

}  // namespace

const ViewKind& graph_kind();  // view_kind.cpp lists it
const ViewKind& graph_kind() {
  static const GraphKind kind;
  return kind;
}

}  // namespace daybook::views
