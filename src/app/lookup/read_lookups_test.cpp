#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/app_file.h"

namespace daybook::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kTopics = R"yaml(app: bank
topics:
  bank.customer: {columns: {id: BIGINT, name: VARCHAR, city: VARCHAR}}
  bank.tx: {columns: {id: BIGINT, customer_id: BIGINT}}
views:
  customers: {from: {c: bank.customer}, table: {key: id, sql: "SELECT id, name FROM c"}}
  profiles: {from: {c: bank.customer}, document: {key: id, index: [city]}}
  texts: {from: {c: bank.customer}, search: {key: id, text: [name]}}
  rich: {from: {r: bank.rich}, table: {key: name, sql: "SELECT name, count(*) AS n FROM r
    GROUP BY name"}}
)yaml";

AppFileResult parse(const std::string& processors) {
  const auto none = [](const std::string&) { return std::nullopt; };
  return parse_app_file(std::string(kTopics) + "processors:\n" + processors, "/srv", none);
}

std::vector<std::string> faults(const std::string& processors) {
  const auto app = parse(processors);
  std::vector<std::string> messages;
  if (!app) {
    for (const auto& fault : app.error()) messages.push_back(to_string(fault, "app.yaml"));
  }
  return messages;
}

TEST(ReadLookups, ViewsGiveColumnsToProcessorsAndThoseToViews) {
  const auto app = parse(R"(
  enrich:
    from: {tx: bank.tx}
    lookup: {c: {view: customers, by: customer_id}, p: {view: profiles, by: customer_id}}
    sql: SELECT id, c.name, p.city AS city FROM tx
    to: bank.rich
)");
  ASSERT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  ASSERT_EQ(app->processors.size(), 1U);
  EXPECT_EQ(app->processors[0].spec.lookups[0].by, std::vector<std::string>{"customer_id"});
  ASSERT_TRUE(app->processors[0].columns);
  EXPECT_THAT(*app->processors[0].columns,
              ElementsAre(client::Column{"id", "BIGINT"}, client::Column{"name", "VARCHAR"},
                          client::Column{"city", "VARCHAR"}));
  ASSERT_EQ(app->views.size(), 4U);
  EXPECT_EQ(app->views[3].spec.name, "rich");
  EXPECT_TRUE(app->views[3].spec.declared);
}

TEST(ReadLookups, WhatCannotBeLookedUpIsRefusedWithItsPlace) {
  EXPECT_THAT(faults(R"(
  a:
    from: {tx: bank.tx}
    lookup:
      none: {view: nobody, by: id}
      texts: {view: texts, by: id}
      two: {view: customers, by: [id, id]}
      tx: {view: customers, by: id}
    sql: SELECT id FROM tx
    to: x
)"),
              ElementsAre(HasSubstr("app.yaml:19:7: lookup \"tx\" has the name of an input")));
  EXPECT_THAT(faults(R"(
  a:
    from: {tx: bank.tx}
    lookup:
      none: {view: nobody, by: id}
      texts: {view: texts, by: id}
      two: {view: customers, by: [id, id]}
    sql: SELECT id FROM tx
    to: x
)"),
              ElementsAre(HasSubstr("app.yaml:16:7: processor \"a\": lookup \"none\": there is no "
                                    "view \"nobody\"; there are: customers, profiles"),
                          HasSubstr("view \"texts\" is of kind search: rows can be looked up in "
                                    "views of kind table and document"),
                          HasSubstr("has 1 column: write as many expressions")));
}

TEST(ReadLookups, ColumnsAreChecked) {
  EXPECT_THAT(faults(R"(
  a:
    from: {tx: bank.tx}
    lookup: {c: {view: customers, by: customer_id}}
    sql: SELECT id, c.nme FROM tx
    to: x
)"),
              ElementsAre(HasSubstr("has no column nme; there are: id, name")));
}

TEST(ReadLookups, AProcessorDoesNotWaitForItself) {
  EXPECT_THAT(faults(R"(
  first:
    from: {tx: bank.tx}
    lookup: {r: {view: rich, by: "'n'"}}
    sql: SELECT id, r.n AS name FROM tx
    to: bank.middle
  second: {from: {m: bank.middle}, sql: SELECT name FROM m, to: bank.rich}
)"),
              ElementsAre(HasSubstr("view \"rich\" is made of what this processor writes")));
}

TEST(ReadLookups, AViewThatHasAFaultIsNotSaidToBeMissing) {
  const auto none = [](const std::string&) { return std::nullopt; };
  const auto app = parse_app_file(R"yaml(app: bank
topics:
  bank.tx: {columns: {id: BIGINT}}
views:
  broken: {from: {t: bank.tx}, table: {key: nothing, sql: SELECT id FROM t}}
processors:
  a:
    from: {tx: bank.tx}
    lookup: {b: {view: broken, by: id}}
    sql: SELECT id FROM tx
    to: x
)yaml",
                                  "/srv", none);
  ASSERT_FALSE(app);
  for (const auto& fault : app.error()) EXPECT_EQ(fault.place.line, 5) << fault.message;
}

}  // namespace
}  // namespace daybook::app
