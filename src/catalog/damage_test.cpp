// A catalog in which another program has written, or a disk: it is told, and the file is named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "catalog/catalog.h"
#include "io/test_folder.h"

namespace daybook::catalog {
namespace {

using testing::HasSubstr;

class DamagedCatalogTest : public testing::Test {
 protected:
  void write_past_constraints(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &handle), SQLITE_OK);
    const std::string all = "PRAGMA ignore_check_constraints = ON; " + sql;
    EXPECT_EQ(sqlite3_exec(handle, all.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }

  // A sound one, with something in it, and then this.
  std::unique_ptr<Catalog> damaged(const std::string& sql) {
    std::filesystem::remove(path_);
    fill();
    write_past_constraints(sql);
    Result<std::unique_ptr<Catalog>> catalog = Catalog::open(path_);
    EXPECT_TRUE(catalog) << catalog.error().message;
    return *std::move(catalog);
  }

  template <class Value>
  void expect_damage(const Result<Value>& read) {
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt) << read.error().message;
    EXPECT_THAT(read.error().message, HasSubstr(path_));
  }

  const io::TestFolder folder_;
  const std::string path_ = folder_.path() + "/catalog.db";

 private:
  void fill() {
    const auto catalog = Catalog::open(path_);
    ASSERT_TRUE(catalog) << catalog.error().message;
    EXPECT_TRUE((*catalog)->create_topic({.name = "t", .id = random_uuid()}));
    EXPECT_TRUE((*catalog)->save_group({.id = "g", .members = {{.id = "m"}}}));
    EXPECT_TRUE((*catalog)->save_group(
        {.id = "h", .of_consumer_protocol = true, .consumers = {{.id = "m"}}}));
    EXPECT_TRUE((*catalog)->put_transaction({.id = "a", .groups = {"g"}}));
  }
};

TEST_F(DamagedCatalogTest, AVersionThatThereNeverWasIsTold) {
  for (const char* const application : {"0", "0x44424B43"}) {
    std::filesystem::remove(path_);
    write_past_constraints(std::string("PRAGMA user_version = -1; PRAGMA application_id = ") +
                           application);
    expect_damage(Catalog::open(path_));
  }
}

TEST_F(DamagedCatalogTest, AnIdThatIsNoneIsTold) {
  expect_damage(damaged("UPDATE topic SET id = x'00'")->topics());
}

TEST_F(DamagedCatalogTest, ANumberOfPartitionsThatNoTopicHasIsTold) {
  for (const char* const count : {"-1", "0", "4294967297"}) {
    expect_damage(damaged(std::string("UPDATE topic SET partitions = ") + count)->topics());
  }
}

TEST_F(DamagedCatalogTest, ATableThatIsMissingIsTold) {
  expect_damage(damaged("DROP TABLE topic")->topics());
}

TEST_F(DamagedCatalogTest, MembersOfNoGroupAreTold) {
  expect_damage(damaged("DELETE FROM consumer_group WHERE group_id = 'g'")->groups());
  expect_damage(damaged("DELETE FROM consumer_group WHERE group_id = 'h'")->groups());
}

TEST_F(DamagedCatalogTest, PartsOfNoTransactionAreTold) {
  expect_damage(damaged("DELETE FROM transactional_id")->transactions());
}

}  // namespace
}  // namespace daybook::catalog
