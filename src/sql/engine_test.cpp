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
  EXPECT_THAT(engine_->prepare("SELECT sum(a) FROM t").value()->input_columns(), ElementsAre(10));
  EXPECT_THAT(engine_->prepare("SELECT b FROM t WHERE _offset > 3").value()->input_columns(),
              testing::UnorderedElementsAre(11, 3));
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
    EXPECT_FALSE((*statement)->run()) << sql;
  }
}

TEST_F(EngineTest, ATableHasWhatIsInItWhenAStatementRuns) {
  auto* table = engine_
                    ->add_table("things", {{"n", {TypeId::kHugeint}},
                                           {"d", {TypeId::kDecimal, 30, 2}},
                                           {"u", {TypeId::kUuid}},
                                           {"f", {TypeId::kFloat}},
                                           {"s", {TypeId::kVarchar}}})
                    .value();
  auto statement = engine_->prepare("SELECT n + 1, d, u, f, s || '!' FROM things").value();
  const std::string uuid = "01234567-89ab-cdef-0123-456789abcdef";
  Cell cells[5];
  cells[0].set_integer(Int128(1) << 100);
  cells[1].set_integer(-5);
  cells[2].set_text(uuid);
  cells[3].set_real(0.5);
  for (const int rows : {1, 5000, 3}) {
    table->clear();
    for (int i = 0; i < rows; ++i) {
      for (std::size_t column = 0; column < 5; ++column) table->push(column, cells[column]);
    }
    auto result = statement->run().value();
    int seen = 0;
    while (result->next_chunk().value()) {
      for (std::size_t i = 0; i < result->row_count(); ++i, ++seen) {
        Cell cell;
        result->read(0, i, cell);
        EXPECT_EQ(cell.integer, (Int128(1) << 100) + 1);
        result->read(1, i, cell);
        EXPECT_EQ(cell.integer, -5);
        result->read(2, i, cell);
        EXPECT_EQ(cell.text, uuid);
        result->read(3, i, cell);
        EXPECT_EQ(cell.real, 0.5);
        result->read(4, i, cell);
        EXPECT_TRUE(cell.is_null());
      }
    }
    EXPECT_EQ(seen, rows);
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
