#include "flow/make_transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::flow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ProcessorSpec spec_of(const std::string& sql) {
  ProcessorSpec spec;
  spec.name = "p";
  spec.inputs = {{"tx", "in",
                  client::Schema{client::Envelope::kPlain,
                                 {{"id", "BIGINT", false}, {"paid_at", "TIMESTAMP", false}}}}};
  spec.sql = sql;
  spec.outputs = {{"out", ""}};
  return spec;
}

std::vector<std::string> faults(const std::string& sql) {
  return check_processor(spec_of(sql));
}

TEST(CheckProcessor, WhatIsComputedOfOneEventIsTaken) {
  for (const auto* sql :
       {"SELECT * FROM tx", "SELECT tx.* EXCLUDE (paid_at) FROM tx", "SELECT t.id FROM tx AS t",
        "SELECT id, nullif(id, 3) AS n FROM tx WHERE paid_at IS NOT NULL",
        "SELECT a + 1 AS b FROM (SELECT id AS a, paid_at FROM tx WHERE id > 0) AS s WHERE a < 9",
        "SELECT id FROM tx UNION ALL SELECT -id AS id FROM tx",
        "SELECT list_transform([id], lambda x: x + 1)[1] AS y FROM tx",
        "SELECT * REPLACE (id + 1 AS id) FROM tx", "SELECT _key, _offset AS o FROM tx"}) {
    EXPECT_THAT(faults(sql), IsEmpty()) << sql;
  }
}

TEST(CheckProcessor, WhatReadsMoreThanOneEventIsRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT sum(id) AS s FROM tx", "sum reads more than one event"},
      {"SELECT id FROM tx GROUP BY id", "GROUP BY"},
      {"SELECT DISTINCT id FROM tx", "DISTINCT"},
      {"SELECT id FROM tx ORDER BY id", "ORDER BY"},
      {"SELECT id FROM tx LIMIT 3", "LIMIT"},
      {"SELECT row_number() OVER () AS n FROM tx", "window"},
      {"SELECT (SELECT max(id) FROM tx) AS m FROM tx", "subquery"},
      {"SELECT a.id FROM tx a JOIN tx b ON a.id = b.id", "join"},
      {"SELECT id FROM tx UNION SELECT id FROM tx", "UNION ALL"},
      {"WITH t AS (SELECT 1) SELECT id FROM tx", "WITH"},
      {"SELECT id FROM tx USING SAMPLE 3", "SAMPLE"}};
  for (const auto& [sql, word] : cases) {
    const auto found = faults(sql);
    ASSERT_FALSE(found.empty()) << sql;
    EXPECT_THAT(found[0], HasSubstr(word)) << sql;
  }
}

TEST(CheckProcessor, WhatGivesAnotherResultWhenItIsRunAgainIsRefused) {
  for (const auto* sql :
       {"SELECT now() AS n FROM tx", "SELECT random() AS n FROM tx",
        "SELECT current_date AS n FROM tx", "SELECT id FROM tx WHERE paid_at < now()"}) {
    EXPECT_THAT(faults(sql), ElementsAre(HasSubstr("another result"))) << sql;
  }
}

TEST(CheckProcessor, EverythingThatIsWrongIsSaid) {
  EXPECT_EQ(faults("SELECT sum(id) AS s, now() AS n FROM other").size(), 3U);
}

TEST(CheckProcessor, ColumnsThatMakeNoRecordAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT nothing FROM tx", "nothing"},
      {"SELECT id, id FROM tx", "two columns are named id"},
      {"SELECT id AS _key FROM tx", "no column makes the value"},
      {"SELECT id, 'x' AS _value FROM tx", "leave the other columns out"},
      {"SELECT id, 'x' AS _timestamp FROM tx", "_timestamp must be a TIMESTAMP"},
      {"SELECT id, 'x' AS _partition FROM tx", "_partition must be a whole number"},
      {"SELECT id, _offset FROM tx", "names that begin with _"},
      {"SELECT id FROM tx UNION ALL SELECT paid_at FROM tx", "not the same columns"},
      {"SELECT [id] AS l FROM tx", "cast it"}};
  for (const auto& [sql, word] : cases) {
    EXPECT_THAT(faults(sql), ElementsAre(HasSubstr(word))) << sql;
  }
}

TEST(CheckProcessor, ARuleIsAnExpressionOverTheColumns) {
  auto spec = spec_of("SELECT id AS x FROM tx");
  spec.outputs = {{"out", "x > 3"}};
  EXPECT_THAT(check_processor(spec), IsEmpty());
  spec.outputs = {{"out", "id > 3"}};
  EXPECT_THAT(check_processor(spec), ElementsAre(HasSubstr("id")));
  spec.outputs = {{"out", "count(*) > 3"}};
  EXPECT_THAT(check_processor(spec), ElementsAre(HasSubstr("when: count(*) > 3")));
  spec.outputs = {{"out", "x > 3) FROM tx; DROP TABLE tx; --"}};
  EXPECT_THAT(check_processor(spec), testing::SizeIs(1));
}

TEST(CheckProcessor, WithoutColumnsTheShapeIsChecked) {
  auto spec = spec_of("SELECT anything, max(x) AS m FROM tx");
  spec.inputs[0].declared.reset();
  EXPECT_THAT(check_processor(spec), ElementsAre(HasSubstr("max reads more than one event")));
  spec.sql = "SELECT anything FROM tx";
  EXPECT_THAT(check_processor(spec), IsEmpty());
}

TEST(CheckProcessor, AnInputThatIsNotReadIsRefused) {
  auto spec = spec_of("SELECT id FROM tx");
  spec.inputs.push_back({"o", "other", spec.inputs[0].declared});
  EXPECT_THAT(check_processor(spec), ElementsAre(HasSubstr("does not read o")));
}

}  // namespace
}  // namespace daybook::flow
