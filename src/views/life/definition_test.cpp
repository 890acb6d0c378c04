#include "views/life/definition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "views/kinds/document/document_plan.h"
#include "views/kinds/graph/graph_plan.h"
#include "views/kinds/search/search_plan.h"
#include "views/kinds/table/table_plan.h"
#include "views/kinds/wide/wide_plan.h"

namespace daybook::views {
namespace {

using ::testing::HasSubstr;

TEST(Definition, EveryKindIsReadBackAsItWasStored) {
  std::vector<std::shared_ptr<const ViewPlan>> plans;
  plans.push_back(
      table::make_table_plan({"a", "b"}, "SELECT a, b, count(*) AS n FROM t GROUP BY 1, 2"));
  plans.push_back(document::make_document_plan(
      {.key = {"id", "place.zip"}, .mode = document::Mode::kMerge, .index = {"city"}}));
  plans.push_back(search::make_search_plan({.key = {"id"},
                                            .text = {"subject", "body"},
                                            .weights = {2.5, 1},
                                            .facets = {"city"},
                                            .tokens = "porter"}));
  plans.push_back(graph::make_graph_plan(
      {.key = {"id"}, .from = "a", .to = "b", .type_name = "PAID", .properties = {"amount"}}));
  plans.push_back(graph::make_graph_plan({.key = {"id"}, .from = "a", .to = "b", .type = "kind"}));
  plans.push_back(wide::make_wide_plan({.row = "card",
                                        .columns = {{"f", "q", "x"}, {"f", "r", "y"}},
                                        .timestamp = "at",
                                        .versions = 3}));
  ViewSpec spec{"v", "t", "bank.tx", std::nullopt};
  for (const auto& plan : plans) {
    SCOPED_TRACE(plan->kind());
    const auto text = to_text(spec, *plan);
    const auto definition = definition_from("v", text);
    ASSERT_TRUE(definition) << definition.error().message;
    EXPECT_EQ(definition->plan->kind(), plan->kind());
    EXPECT_EQ(definition->spec.topic, "bank.tx");
    EXPECT_EQ(to_text(definition->spec, *definition->plan), text);
  }
}

TEST(Definition, DeclaredColumnsAreKept) {
  ViewSpec spec{"v", "t", "bank.tx", client::Schema{client::Envelope::kPlain, {{"a", "BIGINT"}}}};
  const auto plan = table::make_table_plan({"a"}, "SELECT a, count(*) AS n FROM t GROUP BY a");
  const auto definition = definition_from("v", to_text(spec, *plan));
  ASSERT_TRUE(definition) << definition.error().message;
  EXPECT_EQ(definition->spec.declared, spec.declared);
}

TEST(Definition, WhatCannotBeReadSaysWhy) {
  EXPECT_THAT(definition_from("v", "{").error().message,
              HasSubstr("the stored definition of view v: "));
  EXPECT_THAT(
      definition_from("v", R"({"kind":"cube","from":["t","x"],"options":{}})").error().message,
      HasSubstr("there is no kind cube"));
  EXPECT_THAT(definition_from("v", R"({"kind":"table","from":["t","x"],"options":{"key":["a"]}})")
                  .error()
                  .message,
              HasSubstr("sql"));
}

}  // namespace
}  // namespace daybook::views
