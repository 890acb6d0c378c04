#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flow/lookup/fake_table.h"
#include "flow/make_transform.h"
#include "flow/processor_run.h"
#include "flow/testing/transform_fixture.h"

namespace daybook::flow {
namespace {

using client::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LookupTest : public TransformTest {
 protected:
  LookupTest()
      : TransformTest(
            {client::Envelope::kPlain,
             {{"id", "BIGINT", false}, {"customer", "VARCHAR", false}, {"name", "VARCHAR", false}}},
            1) {
    spec_.lookups = {{"customers", "customers", {"customer"}, customer_columns()}};
    table_.put(7, "Ann", 1'000'00);
    table_.put(8, "Bob", 5'50);
  }

  void write(const std::string& value) { write_value(value, kStartMs + ++written_); }
  void write_event(int id, const std::string& customer) {
    write(R"({"id":)" + std::to_string(id) + R"(,"customer":)" + customer + R"(,"name":"n"})");
  }
  Status try_run() {
    const ProcessorIdentity identity{"g", "one"};
    ProcessorRun life(*log_, *transactions_, spec_, identity);
    DAYBOOK_TRY_VOID(life.open({*spec_.inputs[0].declared}, make_transform_with({&table_})));
    while (true) {
      DAYBOOK_TRY(const auto step, life.step(milliseconds(0)));
      if (step.events == 0) return {};
    }
  }
  std::vector<std::string> outputs(const std::string& sql) {
    spec_.sql = sql;
    const auto done = try_run();
    EXPECT_TRUE(done) << done.error().message;
    return values("out");
  }
  std::string fault(const std::string& sql) {
    spec_.sql = sql;
    const auto messages = check_processor(spec_);
    return messages.empty() ? "" : messages.front();
  }

  FakeTable table_{"customers"};
  int written_ = 0;
};

TEST_F(LookupTest, EachEventSeesTheRowOfItsKeyAndNullWhereThereIsNone) {
  write_event(1, "\"7\"");
  write_event(2, "\"9\"");
  write_event(3, "null");
  write_event(4, "\"8\"");
  EXPECT_THAT(outputs("SELECT id, name, customers.name AS customer, customers.\"limit\" AS l, "
                      "customers IS NULL AS unknown FROM tx"),
              ElementsAre(R"({"id":1,"name":"n","customer":"Ann","l":"1000.00","unknown":false})",
                          R"({"id":2,"name":"n","customer":null,"l":null,"unknown":true})",
                          R"({"id":3,"name":"n","customer":null,"l":null,"unknown":true})",
                          R"({"id":4,"name":"n","customer":"Bob","l":"5.50","unknown":false})"));
}

TEST_F(LookupTest, AStarIsTheEventAloneAndTheRowHasItsOwn) {
  write_event(1, "\"7\"");
  EXPECT_THAT(outputs("SELECT *, customers.\"limit\" AS l FROM tx"),
              ElementsAre(R"({"id":1,"customer":"7","name":"n","l":"1000.00"})"));
  spec_.outputs[0].topic = "starred";
  write_event(2, "\"8\"");
  outputs("SELECT t.id AS number, customers.* FROM tx AS t");
  EXPECT_THAT(values("starred"), ElementsAre(R"({"number":2,"id":8,"name":"Bob","limit":"5.50"})"));
}

TEST_F(LookupTest, TheRowIsThereForConditionsSubqueriesAndEveryUnion) {
  for (int i = 1; i <= 4; ++i) write_event(i, i % 2 == 0 ? "\"7\"" : "\"8\"");
  EXPECT_THAT(
      outputs("SELECT id, who FROM (SELECT id, upper(customers.name) AS who FROM tx) AS s "
              "WHERE who = 'ANN' UNION ALL "
              "SELECT id, 'rich' AS who FROM tx WHERE customers.\"limit\" > 100 UNION ALL "
              "SELECT id, name AS who FROM tx WHERE id = 3"),
      ElementsAre(R"({"id":2,"who":"ANN"})", R"({"id":2,"who":"rich"})", R"({"id":3,"who":"n"})",
                  R"({"id":4,"who":"ANN"})", R"({"id":4,"who":"rich"})"));
}

TEST_F(LookupTest, AKeyIsLookedUpOncePerBatch) {
  for (int i = 0; i < 1'000; ++i) write_event(i, i % 2 == 0 ? "\"7\"" : "\"8\"");
  EXPECT_EQ(outputs("SELECT id, customers.name AS n FROM tx").size(), 1'000U);
  EXPECT_THAT(table_.asked(), ElementsAre(2U));
}

TEST_F(LookupTest, AKeyThatCannotBeComputedFindsNoRowWhateverElseIsInTheBatch) {
  write_event(1, "\"7\"");
  write_event(2, "\"seven\"");
  write_event(3, "\"8\"");
  EXPECT_THAT(
      outputs("SELECT id, customers.name AS n FROM tx"),
      ElementsAre(R"({"id":1,"n":"Ann"})", R"({"id":2,"n":null})", R"({"id":3,"n":"Bob"})"));
  write_event(4, "\"eight\"");
  EXPECT_EQ(outputs(spec_.sql).back(), R"({"id":4,"n":null})");
}

TEST_F(LookupTest, WhatIsComputedOfARowMayFailForItsEventsAlone) {
  for (int i = 1; i <= 5; ++i) write_event(i, i == 3 ? "\"7\"" : "\"8\"");
  EXPECT_THAT(outputs("SELECT id, CASE WHEN customers.name = 'Ann' THEN customers.name ELSE '1' "
                      "END::INTEGER AS n FROM tx"),
              ElementsAre(R"({"id":1,"n":1})", R"({"id":2,"n":1})", R"({"id":4,"n":1})",
                          R"({"id":5,"n":1})"));
  EXPECT_EQ(values("in.rejected").size(), 1U);
}

TEST_F(LookupTest, BothRowsOfAChangeAreLookedUpInTheirOrder) {
  spec_.inputs[0].declared->envelope = client::Envelope::kDebezium;
  for (int i = 0; i < 100; ++i) {
    write(R"({"before":{"id":1,"customer":"7"},"after":{"id":2,"customer":"8"},"op":"u"})");
  }
  const auto got = outputs("SELECT _sign AS s, customers.name AS n FROM tx");
  ASSERT_EQ(got.size(), 200U);
  for (std::size_t i = 0; i < got.size(); i += 2) {
    EXPECT_EQ(got[i], R"({"s":-1,"n":"Ann"})");
    EXPECT_EQ(got[i + 1], R"({"s":1,"n":"Bob"})");
  }
}

TEST_F(LookupTest, EarlierEventsAreEnrichedAsWell) {
  spec_.history = HistorySpec{"name", 3'600'000};
  for (const auto* customer : {"\"7\"", "\"8\"", "\"9\"", "\"7\""}) write_event(1, customer);
  EXPECT_THAT(outputs("SELECT customers.name AS n, lag(customers.name) OVER (ORDER BY _offset) "
                      "AS before FROM tx"),
              ElementsAre(R"({"n":"Ann","before":null})", R"({"n":"Bob","before":"Ann"})",
                          R"({"n":null,"before":"Bob"})", R"({"n":"Ann","before":null})"));
}

TEST_F(LookupTest, RowsOfOtherColumnsAreNotTaken) {
  write_event(1, "\"7\"");
  spec_.sql = "SELECT customers.name AS n FROM tx";
  const ProcessorIdentity identity{"g", "one"};
  ProcessorRun life(*log_, *transactions_, spec_, identity);
  ASSERT_TRUE(life.open({*spec_.inputs[0].declared}, make_transform_with({&table_})));
  auto state = table_.state();
  state.columns->columns[1].type = "BIGINT";
  table_.set(state);
  const auto step = life.step(milliseconds(0));
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(values("out"), IsEmpty());
}

TEST_F(LookupTest, WhatIsWrongIsSaidBeforeAnythingRuns) {
  EXPECT_EQ(fault("SELECT id, customers.name AS n FROM tx"), "");
  EXPECT_THAT(fault("SELECT customers.nme FROM tx"),
              HasSubstr("has no column nme; there are: id, name, limit"));
  EXPECT_THAT(fault("SELECT id FROM tx JOIN customers ON customer = customers.id"),
              HasSubstr("\"lookup\""));
  spec_.lookups[0].by = {"sum(id)"};
  EXPECT_THAT(fault("SELECT customers.name FROM tx"), HasSubstr("sum reads more than one event"));
  spec_.lookups[0].by = {"tx.customer"};
  EXPECT_THAT(fault("SELECT customers.name FROM tx"), HasSubstr("without a table's name"));
  spec_.lookups[0].by = {"custmer"};
  EXPECT_THAT(fault("SELECT customers.name FROM tx"), HasSubstr("custmer"));
  spec_.lookups[0].by = {"customer) FROM x -- "};
  EXPECT_NE(fault("SELECT customers.name FROM tx"), "");
  spec_.lookups[0].by = {"customer", "id"};
  EXPECT_THAT(fault("SELECT customers.name FROM tx"), HasSubstr("1 columns, and \"by\" has 2"));
  spec_.lookups[0] = {"name", "customers", {"customer"}, customer_columns()};
  EXPECT_THAT(fault("SELECT name FROM tx"), HasSubstr("has a column name"));
}

}  // namespace
}  // namespace daybook::flow
