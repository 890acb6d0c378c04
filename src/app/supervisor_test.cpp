#include "app/supervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "broker/metrics.h"
#include "client/kafka_client.h"

namespace daybook::app {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr const char* kClicks = R"yaml(app: clicks
topics:
  web.click: {partitions: 2, columns: {session: VARCHAR, amount: "DECIMAL(10,2)"}}
views:
  spent:
    from: {c: web.click}
    table:
      key: session
      sql: SELECT session, sum(amount) AS spent FROM c GROUP BY session
)yaml";

class Supervising : public ::testing::Test {
 protected:
  Supervising() {
    std::string pattern = std::filesystem::temp_directory_path() / "daybook-app-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Supervising() override { std::filesystem::remove_all(folder_); }

  AppFile app(std::string_view yaml) {
    const auto none = [](const std::string&) { return std::nullopt; };
    auto parsed = parse_app_file(yaml, folder_, none);
    EXPECT_TRUE(parsed) << to_string(parsed.error().front(), "app.yaml");
    return std::move(*parsed);
  }

  std::unique_ptr<Supervisor> open(std::string_view yaml) {
    auto opened = Supervisor::open(app(yaml), options());
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }

  SupervisorOptions options() {
    SupervisorOptions options;
    options.kafka_listen = "127.0.0.1:0";
    options.state_folder = folder_ + "/state";
    options.longest_retry = std::chrono::milliseconds(50);
    return options;
  }

  template <class Condition>
  static bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(60);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static void produce(const std::string& bootstrap, std::string_view value) {
    auto log = client::make_kafka_client({.bootstrap = bootstrap, .properties = {}});
    ASSERT_TRUE(log);
    auto writer = (*log)->make_writer();
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->write({.topic = "web.click",
                                  .partition = PartitionId{0},
                                  .key = {},
                                  .value = value,
                                  .headers = {}}));
    ASSERT_TRUE((*writer)->flush(seconds(60)));
  }

  std::string folder_;
};

TEST_F(Supervising, AnAppIsMadeSoAndGoesOnAfterARestart) {
  for (int run = 1; run <= 2; ++run) {
    const auto supervisor = open(kClicks);
    supervisor->launch();
    ASSERT_TRUE(eventually([&] { return supervisor->ready().has_value(); }));
    produce(supervisor->log().address, R"({"session": "a", "amount": "1.25"})");
    auto view = supervisor->find_view("spent");
    ASSERT_TRUE(view) << view.error().message;
    views::ReadOptions at_least;
    at_least.min_position[{"web.click", PartitionId{0}}] = Offset{run};
    at_least.wait_limit = seconds(60);
    const auto found = (*view)->reader().find({"a"}, at_least);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(std::get<std::string>(found->rows.at(0).at(1)), run == 1 ? "1.25" : "2.50");
    EXPECT_TRUE(supervisor->stop());
    EXPECT_FALSE(supervisor->ready());
    EXPECT_TRUE(supervisor->stop()) << "a second time does nothing";
  }
}

TEST_F(Supervising, WithoutPartsThereIsNothingToWaitFor) {
  const auto supervisor = open("app: empty\n");
  EXPECT_FALSE(supervisor->ready()) << "not before launch()";
  supervisor->launch();
  EXPECT_TRUE(supervisor->ready());
  EXPECT_TRUE(supervisor->log().embedded);
  ASSERT_NE(supervisor->broker_metrics(), nullptr);
  EXPECT_EQ(supervisor->broker_metrics()->connections_accepted, 0) << "no client of its own";
  EXPECT_EQ(supervisor->find_view("x").error().code, ErrorCode::kNotFound);
}

TEST_F(Supervising, AFolderInUseIsRefused) {
  const auto first = open("app: one\n");
  const auto second = Supervisor::open(app("app: two\n"), options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr(folder_));
}

TEST_F(Supervising, ALogThatIsAwayIsWaitedForAndStoppingIsNotDelayed) {
  const auto supervisor = open(std::string(kClicks).append("log: {kafka: ['127.0.0.1:1']}\n"));
  supervisor->launch();
  ASSERT_TRUE(eventually([&] { return !supervisor->log().last_error.empty(); }));
  EXPECT_THAT(supervisor->ready().error().message, HasSubstr("waiting for the log"));
  EXPECT_EQ(supervisor->views().at(0).state, "waiting");
  EXPECT_EQ(supervisor->find_view("spent").error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(supervisor->broker_metrics(), nullptr);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(supervisor->stop());
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(10));
}

TEST_F(Supervising, AViewThatCannotBeOpenedDoesNotStopTheRest) {
  std::filesystem::create_directories(folder_ + "/data/views");
  // Where the view wants its folder there is something else.
  std::filesystem::create_symlink("/dev/null", folder_ + "/data/views/spent");
  const auto supervisor = open(kClicks);
  supervisor->launch();
  ASSERT_TRUE(eventually([&] { return supervisor->ready().has_value(); }));
  EXPECT_EQ(supervisor->views().at(0).state, "failed");
  EXPECT_FALSE(supervisor->views().at(0).last_error.empty());
  EXPECT_EQ(supervisor->find_view("spent").error().code, ErrorCode::kUnavailable);
  produce(supervisor->log().address, R"({"session": "a", "amount": "1.00"})");
  std::filesystem::remove(folder_ + "/data/views/spent");
  ASSERT_TRUE(eventually([&] { return supervisor->find_view("spent").has_value(); }))
      << "tried again once it can be";
}

}  // namespace
}  // namespace daybook::app
