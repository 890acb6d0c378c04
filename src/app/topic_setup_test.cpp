#include "app/topic_setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/report.h"
#include "client/memory_log.h"

namespace daybook::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TopicSetup : public ::testing::Test {
 protected:
  static TopicSection clicks() {
    return {.name = "web.click",
            .place = {},
            .partitions = 4,
            .config = {{"retention.ms", "1000"}},
            .columns = {{.name = "session", .type = "VARCHAR"}}};
  }

  std::unique_ptr<client::LogClient> log = client::make_memory_log();
  std::vector<std::string> said;
  ScopedReportSink sink{
      [this](Severity, std::string_view, std::string_view message) { said.emplace_back(message); }};
};

TEST_F(TopicSetup, MakesWhatIsMissingWithItsColumns) {
  const std::vector<TopicSection> topics = {clicks(), {.name = "plain", .place = {}}};
  ASSERT_TRUE(set_up_topics(*log, topics));
  EXPECT_EQ(log->describe_topic("web.click")->partitions, 4);
  EXPECT_EQ(log->topic_config("web.click")->at("retention.ms"), "1000");
  EXPECT_EQ(log->describe_topic("plain")->partitions, 1);
  const auto schema = client::find_schema(*log, "web.click");
  ASSERT_TRUE(schema && *schema);
  EXPECT_EQ((*schema)->columns, clicks().columns);
  EXPECT_EQ(*client::find_schema(*log, "plain"), std::nullopt);
}

TEST_F(TopicSetup, DoneAgainItChangesNothingAndSaysNothing) {
  const std::vector<TopicSection> topics = {clicks()};
  ASSERT_TRUE(set_up_topics(*log, topics));
  ASSERT_TRUE(set_up_topics(*log, topics));
  EXPECT_THAT(said, ElementsAre());
  EXPECT_EQ(log->describe_topic("web.click")->partitions, 4);
}

TEST_F(TopicSetup, ATopicThatDiffersIsLeftAsItIsAndReported) {
  ASSERT_TRUE(log->create_topic({.name = "web.click", .partitions = 2, .config = {}}));
  const std::vector<TopicSection> topics = {clicks()};
  ASSERT_TRUE(set_up_topics(*log, topics));
  EXPECT_EQ(log->describe_topic("web.click")->partitions, 2);
  EXPECT_THAT(said, ElementsAre(HasSubstr("topic web.click already exists with partitions 2, not "
                                          "the declared 4"),
                                HasSubstr("retention.ms")));
}

TEST_F(TopicSetup, AFailureNamesTheTopic) {
  const std::vector<TopicSection> topics = {{.name = "", .place = {}}};
  const Status done = set_up_topics(*log, topics);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("topic "));
}

}  // namespace
}  // namespace daybook::app
