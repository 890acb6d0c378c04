#include "sql/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::sql {
namespace {

using testing::ElementsAre;

class EngineTest : public testing::Test {
 protected:
  EngineTest() : engine_(Engine::open().value()) {
    EXPECT_TRUE(engine_->set_input(
        "t", {"t", false, {{"a", {TypeId::kBigint}}, {"b", {TypeId::kVarchar}}}}));
  }
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, OnlyTheColumnsThatAreUsedAreRead) {
  EXPECT_THAT(engine_->prepare("SELECT sum(a) FROM t").value()->input_columns(), ElementsAre(7));
  EXPECT_THAT(engine_->prepare("SELECT b FROM t WHERE _offset > 3").value()->input_columns(),
              testing::UnorderedElementsAre(8, 3));
  EXPECT_THAT(engine_->prepare("SELECT count(*) FROM t").value()->input_columns(), ElementsAre(0));
}

TEST_F(EngineTest, AUsersSqlReachesNothingOutside) {
  for (const auto* sql :
       {"SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM glob('/*')",
        "ATTACH '/tmp/x.db' AS x", "COPY (SELECT 1) TO '/tmp/x'", "INSTALL httpfs", "LOAD httpfs",
        "SET enable_external_access = true", "SET threads = 8"}) {
    auto statement = engine_->prepare(sql);
    if (!statement) continue;
    const DecodedBatch nothing({}, {});
    EXPECT_FALSE((*statement)->run(nothing)) << sql;
  }
}

TEST_F(EngineTest, FunctionsAreClassified) {
  using Class = Engine::FunctionClass;
  EXPECT_EQ(engine_->classify("sum").value(), Class::kAggregate);
  EXPECT_EQ(engine_->classify("lower").value(), Class::kScalar);
  EXPECT_EQ(engine_->classify("+").value(), Class::kScalar);
  EXPECT_EQ(engine_->classify("random").value(), Class::kVolatile);
  EXPECT_EQ(engine_->classify("now").value(), Class::kVolatile);
  EXPECT_EQ(engine_->classify("no_such_function").value(), Class::kUnknown);
}

TEST_F(EngineTest, TheParseTreeTurnsIntoSqlAgain) {
  const auto tree = engine_->parse_tree("select a+1 from t where b is not null").value();
  EXPECT_EQ(engine_->text_of(tree).value(), "SELECT (a + 1) FROM t WHERE (b IS NOT NULL)");
}

}  // namespace
}  // namespace daybook::sql
