// Keys that are the ids of their rows, and those that cannot be: every group is found again.

#include "views/kinds/table/table_rows.h"

#include <gmock/gmock.h>

#include <span>

#include "views/kinds/table/memory_fold.h"

namespace daybook::views::table {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAreArray;

const std::vector<std::string> kKeys = {"null",
                                        "0",
                                        "7",
                                        "-7",
                                        "9223372036854775807",
                                        "9223372036854775806",
                                        "-4611686018427387904",
                                        "-4611686018427387905",
                                        "-4611686018427387906",
                                        "-9223372036854775808",
                                        "9223372036854775808",
                                        "-9223372036854775809"};

struct Stored {
  int format;
  std::size_t at_once;  // groups of a statement
};

class KeysAsIds : public testing::TestWithParam<Stored> {
 protected:
  KeysAsIds() {
    const sql::InputSchema schema{
        "t", false, {{"id", {TypeId::kBigint}, true}, {"k", {TypeId::kHugeint}}}};
    EXPECT_TRUE(engine_->set_input("t", schema));
    const char* query = "SELECT k, count(*) AS n FROM t GROUP BY k";
    plan_ = sql::plan_fold(*engine_, query, "t", schema, {"k"}).value();
    fold_ = std::make_unique<MemoryFold>(*engine_, plan_, schema, GetParam().format,
                                         GetParam().at_once);
  }

  void add(const std::vector<std::string>& keys) {
    std::vector<std::string> values;
    for (const auto& key : keys) values.push_back(R"({"id":1,"k":)" + key + "}");
    std::vector<sql::InputEvent> events;
    for (const auto& value : values) events.push_back({0, offset_++, 0, 0, "k", value});
    fold_->apply(events);
  }

  std::vector<std::int64_t> ids() {
    auto select = fold_->database().prepare("SELECT daybook_id FROM daybook_rows ORDER BY 1");
    std::vector<std::int64_t> ids;
    while (select->step().value()) ids.push_back(select->integer(0));
    return ids;
  }

  std::unique_ptr<sql::Engine> engine_ = sql::Engine::open().value();
  sql::FoldPlan plan_;
  std::unique_ptr<MemoryFold> fold_;
  std::int64_t offset_ = 0;
};

TEST_P(KeysAsIds, EveryGroupIsFoundAgain) {
  for (int times = 0; times < 3; ++times) {
    add(kKeys);
    for (const auto& key : kKeys) add({key});
  }
  std::vector<std::string> expected;
  for (const auto& key : kKeys) expected.push_back((key == "null" ? "NULL" : key) + " | 6 | ");
  // Beyond 64 bits numbers are stored as text.
  for (auto& row : std::span(expected).last(2)) row = "'" + row.insert(row.find(' '), "'");
  EXPECT_THAT(fold_->rows(), UnorderedElementsAreArray(expected));
}

// Format 2 counted groups, and its files stay as they are.
INSTANTIATE_TEST_SUITE_P(Formats, KeysAsIds,
                         testing::Values(Stored{2, 1}, Stored{2, 3}, Stored{kViewFormat, 1},
                                         Stored{kViewFormat, 3}));

TEST_P(KeysAsIds, NewAndOldGroupsMeetInABatch) {
  std::vector<std::string> keys;
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    keys.push_back(std::to_string(i * 3));
    expected.push_back(keys.back() + " | " + (i % 2 == 0 ? "2" : "1") + " | ");
  }
  for (std::size_t step : {2, 1}) {
    std::vector<std::string> batch;
    for (std::size_t i = 0; i < keys.size(); i += step) batch.push_back(keys[i]);
    add(batch);
  }
  EXPECT_THAT(fold_->rows(), UnorderedElementsAreArray(expected));
}

TEST_P(KeysAsIds, AnIdIsTheKeyFromFormat3On) {
  add({"7"});
  add({"null"});
  add({"-7"});
  if (GetParam().format == 2) {
    EXPECT_THAT(ids(), ElementsAre(1, 2, 3));
  } else {
    EXPECT_THAT(ids(), ElementsAre(-4611686018427387905, -7, 7));
  }
}

}  // namespace
}  // namespace daybook::views::table
