#include "app/change_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "app/topic_setup.h"
#include "client/memory_log.h"
#include "flow/processor_record.h"
#include "views/view.h"

namespace daybook::app {
namespace {

using ::testing::ElementsAre;

constexpr const char* kApp = R"yaml(app: bank
topics:
  bank.card_tx: {partitions: 3, columns: {id: BIGINT, amount: BIGINT}, config: {retention.ms: "5"}}
processors:
  check: {from: {tx: bank.card_tx}, sql: "SELECT id, amount FROM tx", to: bank.checked}
)yaml";

AppFile parse(const std::string& yaml) {
  const auto none = [](const std::string&) { return std::nullopt; };
  auto app = parse_app_file(yaml, "/srv", none);
  EXPECT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  return std::move(*app);
}

class ChangePlanTest : public ::testing::Test {
 protected:
  ~ChangePlanTest() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> plan(const AppFile& app) {
    const auto changes = plan_changes(app, *log_, io::real_file_system(), folder_);
    EXPECT_TRUE(changes) << changes.error().message;
    std::vector<std::string> lines;
    for (const auto& change : *changes) {
      lines.push_back(std::string(to_string(change.kind)) + "|" + change.what + "|" +
                      change.detail);
    }
    return lines;
  }
  // As starting it would.
  void start(const AppFile& app) {
    ASSERT_TRUE(set_up_topics(*log_, app.topics));
    for (const auto& processor : app.processors) {
      ASSERT_TRUE(flow::record_processor(*log_, "bank." + processor.spec.name, processor.spec));
      for (const auto& output : processor.spec.outputs) {
        ASSERT_TRUE(log_->create_topic({output.topic, 3, {}}));
        ASSERT_TRUE(client::publish_schema(*log_, output.topic,
                                           {client::Envelope::kPlain, *processor.columns}));
      }
    }
  }

  // Builds the file's view in the folder, as starting it would.
  void build_view(const AppFile& app, int version) {
    const auto& section = app.views.at(0);
    auto view = views::open_view(section.spec, section.plan,
                                 {*log_, io::real_file_system(), io::real_clock(), folder_});
    ASSERT_TRUE(view) << view.error().message;
    (*view)->start();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while ((*view)->status().version != version) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << (*view)->status().detail;
      std::this_thread::yield();
    }
  }

  std::string folder_ = [] {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook-plan-XXXXXX";
    return std::string(::mkdtemp(pattern.data()));
  }();
  std::unique_ptr<client::LogClient> log_ = client::make_memory_log();
};

TEST_F(ChangePlanTest, OnAnEmptyLogEverythingIsNew) {
  EXPECT_THAT(plan(parse(kApp)),
              ElementsAre("new|topic bank.card_tx|3 partitions",
                          "new|processor check|from the first event of its topics",
                          "new|topic bank.checked|3 partitions"));
}

TEST_F(ChangePlanTest, WhatRunsAlreadyIsTheSame) {
  const auto app = parse(kApp);
  start(app);
  EXPECT_THAT(plan(app), ElementsAre("same|topic bank.card_tx|", "same|processor check|"));
}

TEST_F(ChangePlanTest, WhatDiffersIsNamed) {
  start(parse(kApp));
  std::string changed = kApp;
  const auto replace = [&](const std::string& from, const std::string& to) {
    changed.replace(changed.find(from), from.size(), to);
  };
  replace("partitions: 3", "partitions: 4");
  replace("\"5\"", "\"6\"");
  replace("amount: BIGINT", "amount: INTEGER");
  replace("SELECT id,", "SELECT id AS number,");
  EXPECT_THAT(
      plan(parse(changed)),
      ElementsAre(
          "left as it is|topic bank.card_tx|it has 3 partitions, not 4; retention.ms is 5, "
          "not 6",
          "changed|topic bank.card_tx|its columns",
          "changed|processor check|from the event on that it has got to; what it wrote stays",
          "changed|topic bank.checked|its columns"));
}

constexpr const char* kView = R"yaml(app: bank
topics:
  bank.card_tx: {columns: {id: BIGINT, amount: BIGINT}}
views:
  totals: {from: {tx: bank.card_tx}, table: {key: id, sql: "SELECT id, sum(amount) AS total
    FROM tx GROUP BY id"}}
)yaml";

std::string with(std::string yaml, const std::string& from, const std::string& to) {
  return yaml.replace(yaml.find(from), from.size(), to);
}

TEST_F(ChangePlanTest, ViewsAreNewTheSameChangedOrLeft) {
  const auto app = parse(kView);
  start(app);
  const std::string topic = "same|topic bank.card_tx|";
  EXPECT_THAT(plan(app),
              ElementsAre(topic, "new|view totals|a table, from the first event of bank.card_tx"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/views")) << "looking has changed something";
  build_view(app, 1);
  EXPECT_THAT(plan(app), ElementsAre(topic, "same|view totals|"));
  EXPECT_THAT(plan(parse(with(kView, "sum(amount)", "max(amount)"))),
              ElementsAre(topic,
                          "changed|view totals|a new version is built from the first event beside "
                          "version 1, which answers until the new one has caught up"));
  EXPECT_THAT(plan(parse(with(kView, "totals: {", "sums: {swap: manual, "))),
              ElementsAre(topic, "new|view sums|a table, from the first event of bank.card_tx",
                          "left as it is|view totals|the file does not have it any more: nothing "
                          "keeps it current, and its files stay"));
}

TEST_F(ChangePlanTest, AViewThatIsBuiltAnewAlreadyIsTheSame) {
  const auto app = parse(kView);
  start(app);
  build_view(app, 1);
  const auto other = parse(with(kView, "sum(amount)", "max(amount)"));
  build_view(other, 2);
  EXPECT_THAT(plan(other), ElementsAre("same|topic bank.card_tx|", "same|view totals|"));
}

}  // namespace
}  // namespace daybook::app
