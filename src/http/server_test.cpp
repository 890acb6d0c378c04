#include "http/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "http/fake_running.h"
#include "http/limits.h"

namespace daybook::http {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

class HttpApi : public ::testing::Test {
 protected:
  HttpApi() {
    auto started = Server::start(running, "127.0.0.1:0");
    EXPECT_TRUE(started) << started.error().message;
    server = std::move(*started);
    client = std::make_unique<httplib::Client>("http://" + server->address());
    client->set_read_timeout(std::chrono::seconds(60));
  }

  Json get(const std::string& path, int status = 200) { return checked(client->Get(path), status); }
  Json post(const std::string& path, const std::string& body, int status = 200) {
    return checked(client->Post(path, body, "application/json"), status);
  }
  static Json checked(const httplib::Result& result, int status) {
    EXPECT_TRUE(result) << httplib::to_string(result.error());
    if (!result) return {};
    EXPECT_EQ(result->status, status) << result->body;
    return Json::parse(result->body);
  }

  FakeRunning running;
  std::unique_ptr<Server> server;
  std::unique_ptr<httplib::Client> client;
};

TEST_F(HttpApi, HealthIsAnsweredWhetherReadyOrNot) {
  running.is_ready = false;
  EXPECT_EQ(get("/health")["status"], "ok");
  EXPECT_EQ(get("/ready", 503)["error"]["message"], "waiting for the log");
  running.is_ready = true;
  EXPECT_EQ(get("/ready")["status"], "ready");
}

TEST_F(HttpApi, PagesOfOthersAndForeignNamesAreRefused) {
  const std::string path = "/views/balances/query";
  const std::string body = R"({"sql": "SELECT 1"})";
  const auto post_from = [&](const std::string& origin, int status) {
    return checked(client->Post(path, {{"Origin", origin}}, body, "application/json"), status);
  };
  EXPECT_THAT(post_from("https://evil.example", 403)["error"]["message"].get<std::string>(),
              HasSubstr("https://evil.example"));
  checked(client->Get("/health", {{"Host", "evil.example"}}), 403);
  post_from("http://" + server->address(), 200);
  post_from("http://localhost:5173", 200);
  post(path, body);
}

TEST_F(HttpApi, ProcessorsShowWhatTheyDoAndWhyNot) {
  const Json processors = get("/processors")["processors"];
  ASSERT_EQ(processors.size(), 1U);
  EXPECT_EQ(processors[0]["name"], "fraud");
  EXPECT_EQ(processors[0]["state"], "retrying");
  EXPECT_EQ(processors[0]["detail"], "no broker answers");
  EXPECT_EQ(processors[0]["from"], Json::array({"bank.card_tx"}));
  EXPECT_EQ(processors[0]["rejected"], 3);
  EXPECT_EQ(processors[0]["late"], 2);
  EXPECT_EQ(get("/status")["processors"], processors);
  const auto metrics = client->Get("/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_THAT(metrics->body,
              HasSubstr("daybook_processor_events_applied_total{processor=\"fraud\"} 11"));
  EXPECT_THAT(metrics->body,
              HasSubstr("daybook_processor_events_late_total{processor=\"fraud\"} 2"));
  EXPECT_THAT(metrics->body,
              HasSubstr("daybook_processor_state{processor=\"fraud\",state=\"retrying\"} 1"));
}

TEST_F(HttpApi, StatusShowsSourcesAndViews) {
  const Json status = get("/status");
  EXPECT_EQ(status["app"], "bank");
  EXPECT_EQ(status["ready"], true);
  EXPECT_EQ(status["log"]["address"], "127.0.0.1:9092");
  EXPECT_EQ(status["sources"][0]["name"], "core");
  EXPECT_EQ(status["sources"][0]["events"], 42);
  EXPECT_EQ(status["sources"][0]["lag_bytes"], 7);
  EXPECT_EQ(status["views"][0]["name"], "balances");
  EXPECT_EQ(status["views"][0]["lag_events"], 7);
  EXPECT_EQ(get("/sources")["sources"][0]["kind"], "postgres");
  EXPECT_EQ(get("/views")["views"].size(), 2U);
  EXPECT_EQ(get("/views/regional")["name"], "regional");
}

TEST_F(HttpApi, ARowIsFoundByItsKeyWithThePosition) {
  const Json found = get("/views/balances/rows/1");
  EXPECT_EQ(found["position"], "bank.tx/0:1200");
  EXPECT_EQ(found["version"], 1);
  ASSERT_EQ(found["rows"].size(), 1U);
  EXPECT_EQ(found["rows"][0]["account"], 1);
  EXPECT_EQ(found["rows"][0]["balance"], "10.50") << "every digit, not a binary fraction";
  EXPECT_EQ(found["rows"][0]["share"], 0.5);
  EXPECT_TRUE(found["rows"][0]["note"].is_null());
}

TEST_F(HttpApi, NoRowIsAnAnswerWithAPosition) {
  const Json found = get("/views/balances/rows/9");
  EXPECT_EQ(found["rows"].size(), 0U);
  EXPECT_EQ(found["position"], "bank.tx/0:1200");
}

TEST_F(HttpApi, KeysAreDecodedAndSplitOnlyWhereTheViewHasSeveralColumns) {
  get("/views/balances/rows/a%20b,c");
  EXPECT_THAT(running.balances.asked_key(), ::testing::ElementsAre("a b,c"));
  get("/views/regional/rows/1,eu");
  EXPECT_THAT(running.regional.asked_key(), ::testing::ElementsAre("1", "eu"));
  get("/views/regional/rows?region=eu%2Fwest&account=1");
  EXPECT_THAT(running.regional.asked_key(), ::testing::ElementsAre("1", "eu/west"));
  get("/views/regional/rows?key=1&key=a,b");
  EXPECT_THAT(running.regional.asked_key(), ::testing::ElementsAre("1", "a,b"));
}

TEST_F(HttpApi, AKeyOfTheWrongShapeSaysWhichColumnsThereAre) {
  for (const char* path : {"/views/regional/rows/1", "/views/regional/rows/1,2,3",
                           "/views/regional/rows?account=1", "/views/regional/rows"}) {
    const Json answer = get(path, 400);
    EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr("(account,region)"))
        << path;
  }
}

TEST_F(HttpApi, OptionsReachTheView) {
  get("/views/balances/rows/1?min_position=bank.tx/0:1300&timeout_ms=250", 504);
  EXPECT_EQ(running.balances.asked().wait_limit.count(), 250);
  EXPECT_EQ((running.balances.asked().min_position.at({"bank.tx", PartitionId{0}})), Offset{1300});
  post("/views/balances/query", R"({"sql": "SELECT 1", "row_limit": 5, "time_limit_ms": 9})");
  EXPECT_EQ(running.balances.asked().row_limit, 5U);
  EXPECT_EQ(running.balances.asked().time_limit.count(), 9);
}

TEST_F(HttpApi, OptionsOutsideTheirBoundsAreRefused) {
  for (const char* query : {"timeout_ms=-1", "timeout_ms=60001", "timeout_ms=soon", "row_limit=0",
                            "row_limit=100001", "min_position=nowhere", "banana=1"}) {
    get(std::string("/views/balances/rows/1?") + query, 400);
  }
}

TEST_F(HttpApi, SqlIsAnswered) {
  const Json answer = post("/views/balances/query", R"({"sql": "SELECT * FROM balances"})");
  EXPECT_EQ(answer["rows"].size(), 2U);
  EXPECT_EQ(answer["truncated"], true);
  EXPECT_EQ(answer["columns"][2]["type"], "DECIMAL(18,2)");
  EXPECT_EQ(answer["rows"][1]["region"], "\xEF\xBF\xBD") << "what is not UTF-8 stays JSON";
}

TEST_F(HttpApi, BadQueriesAreTheCallersFault) {
  const Json wrong = post("/views/balances/query", R"({"sql": "nonsense"})", 400);
  EXPECT_EQ(wrong["error"]["code"], "invalid");
  EXPECT_THAT(wrong["error"]["message"].get<std::string>(), HasSubstr("syntax error"));
  for (const char* body : {"", "[]", "{", "{}", R"({"sql": 1})", R"({"sql": "x", "limits": 1})",
                           R"({"sql": "x", "row_limit": 1.5})"}) {
    post("/views/balances/query", body, 400);
  }
}

TEST_F(HttpApi, BodiesThatGoTooDeepAreRefused) {
  const std::string deep = std::string(400'000, '[') + std::string(400'000, ']');
  for (const char* path : {"/views/balances/query", "/views/balances/swap"}) {
    const Json answer = post(path, "{\"row_limit\":" + deep + "}", 400);
    EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr("1000 levels"));
  }
}

TEST_F(HttpApi, AQuestionIsAskedWithItsParameters) {
  const Json answer = get("/views/balances/ask/who?name=Ada&timeout_ms=9");
  EXPECT_EQ(answer["rows"][0]["region"], "us");
  EXPECT_EQ(running.balances.asked_key(), std::vector<std::string>{"Ada"});
  EXPECT_EQ(running.balances.asked().wait_limit.count(), 9);
  EXPECT_EQ(get("/views/balances/ask/when", 404)["error"]["code"], "not_found");
  EXPECT_THAT(get("/views/balances/ask/who", 400)["error"]["message"].get<std::string>(),
              HasSubstr("\"name\" is missing; ask: who name=..."));
  EXPECT_EQ(get("/views/balances")["questions"][0]["parameters"][0]["name"], "name");
}

TEST_F(HttpApi, ARowIsExplained) {
  const Json answer = get("/views/regional/explain?account=1&region=eu&event_limit=7&timeout_ms=9");
  EXPECT_EQ(running.regional.asked_key(), (std::vector<std::string>{"1", "eu"}));
  EXPECT_EQ(running.regional.asked().wait_limit.count(), 9);
  EXPECT_EQ(answer["position"], "bank.tx/0:1200");
  EXPECT_EQ(answer["events"][0]["topic"], "bank.tx");
  EXPECT_EQ(answer["events"][0]["offset"], 7);
  EXPECT_EQ(answer["events"][0]["key"], "k");
  EXPECT_EQ(answer["events"][0]["value"], nullptr);
  EXPECT_EQ(answer["events"][0]["rows"][0]["balance"], "10.50");
  EXPECT_EQ(answer["earlier"], 1);
  EXPECT_EQ(answer["complete"], false);
  EXPECT_EQ(answer["missing"], "the rest");
  EXPECT_EQ(answer["events_read"], views::kDefaultReplayEvents);
  EXPECT_EQ(get("/views/balances/explain?key=no", 501)["error"]["code"], "unsupported");
  EXPECT_EQ(get("/views/balances/explain", 400)["error"]["code"], "invalid");
  EXPECT_EQ(get("/views/balances/explain?key=1&event_limit=0", 400)["error"]["code"], "invalid");
  EXPECT_EQ(get("/views/balances/explain?key=1&nonsense=0", 400)["error"]["code"], "invalid");
}

TEST_F(HttpApi, RowsAreShownAsOfAnEarlierPositionOrTime) {
  EXPECT_EQ(get("/views/balances/rows/1?as_of=bank.tx/0:7")["position"], "bank.tx/0:7");
  EXPECT_EQ(get("/views/balances/rows?key=1&as_of=bank.tx/0:7")["position"], "bank.tx/0:7");
  EXPECT_EQ(get("/views/balances/rows/1?as_of=1764000000000")["rows"][0]["region"], "eu");
  EXPECT_THAT(get("/views/balances/rows/1?as_of=now", 400)["error"]["message"].get<std::string>(),
              HasSubstr("must be a position, as the answers of views have it, or a time"));
  EXPECT_EQ(get("/views/balances/rows/1?as_of=bank.tx/0", 400)["error"]["code"], "invalid");
}

TEST_F(HttpApi, SqlAndQuestionsAreAnsweredAsOfAnEarlierPositionOrTime) {
  const Json rows = post("/views/balances/query",
                         R"({"sql": "SELECT 1", "as_of": "bank.tx/0:7", "read_limit": 50,
                             "time_limit_ms": 40})");
  EXPECT_EQ(rows["position"], "bank.tx/0:7");
  EXPECT_EQ(rows["rows"].size(), 2);
  EXPECT_EQ(running.balances.replayed().read_limit, 50);
  EXPECT_EQ(running.balances.replayed().time_limit.count(), 40);
  EXPECT_EQ(running.balances.asked().time_limit.count(), 40);
  EXPECT_EQ(
      post("/views/balances/query", R"({"sql": "SELECT 1", "as_of": 1764000000000})")["position"],
      "bank.tx/0:9");
  EXPECT_EQ(running.balances.replayed().time_limit, views::kDefaultReplayTime);
  EXPECT_EQ(running.balances.asked().time_limit, views::kDefaultQueryTime);
  EXPECT_EQ(post("/views/balances/query", R"({"sql": "SELECT 1"})")["position"], "bank.tx/0:1200");
  EXPECT_EQ(get("/views/balances/ask/who?name=me&as_of=bank.tx/0:7")["position"], "bank.tx/0:7");
  EXPECT_EQ(running.balances.asked_key(), (std::vector<std::string>{"me"}));
  EXPECT_EQ(get("/views/balances/ask/who?name=me&as_of=soon", 400)["error"]["code"], "invalid");
  for (const char* without :
       {"/views/balances/ask/who?name=me&read_limit=5", "/views/balances/rows/1?read_limit=5"}) {
    EXPECT_THAT(get(without, 400)["error"]["message"].get<std::string>(),
                HasSubstr("\"read_limit\" is a bound of \"as_of\""));
  }
  EXPECT_EQ(get("/views/balances/explain?key=1&as_of=bank.tx/0:7", 400)["error"]["code"],
            "invalid");
}

TEST_F(HttpApi, VersionsAreRebuiltComparedAndSwapped) {
  const auto act = [&](const std::string& what, const std::string& body) {
    const auto result = client->Post("/views/balances/" + what, body, "application/json");
    return std::pair(result->status, Json::parse(result->body));
  };
  EXPECT_EQ(act("rebuild", "{}").second["building"], 2);
  const Json difference = get("/views/balances/diff?samples=3");
  EXPECT_EQ(difference["changed"], 3);
  EXPECT_EQ(difference["samples"][0]["what"], "missing");
  EXPECT_EQ(difference["samples"][0]["old"]["account"], 1);
  EXPECT_EQ(act("swap", "{}").first, 400);
  EXPECT_EQ(act("swap", R"({"max_difference_percent": 60.5})").second["former"], 1);
  EXPECT_EQ(act("swap", R"({"force": true})").second["version"], 2);
  EXPECT_EQ(act("swap", R"({"force": 1})").first, 400);
  EXPECT_EQ(act("rollback", "").first, 503);
  EXPECT_EQ(act("drop", R"({"version": 3})").second["dropped"], 3);
  EXPECT_EQ(act("drop", R"({"version": 0})").first, 400);
  EXPECT_EQ(get("/views/balances/diff?sample=3", 400)["error"]["code"], "invalid");
}

TEST_F(HttpApi, WhatDoesNotExistIsNotFoundAndSaidInJson) {
  EXPECT_EQ(get("/views/nothing/rows/1", 404)["error"]["code"], "not_found");
  EXPECT_EQ(get("/views/nothing", 404)["error"]["code"], "not_found");
  EXPECT_THAT(get("/nowhere", 404)["error"]["message"].get<std::string>(),
              HasSubstr("there is no GET /nowhere"));
  post("/health", "{}", 404);
}

TEST_F(HttpApi, BodiesAndAddressesAreBounded) {
  const std::string huge(kMaxBodyBytes + 1, 'x');
  EXPECT_THAT(post("/views/balances/query", huge, 413)["error"]["message"].get<std::string>(),
              HasSubstr("larger than"));
  const auto longest = client->Get("/views/balances/rows/" + std::string(8'000, 'a'));
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->status, 200);
  const auto too_long = client->Get("/views/balances/rows/" + std::string(20'000, 'a'));
  if (too_long) {
    EXPECT_EQ(too_long->status, 414);
  }
  EXPECT_EQ(get("/health")["status"], "ok");
}

TEST_F(HttpApi, HealthIsAnsweredWhileEveryReadOfViewsIsBusy) {
  std::vector<std::jthread> readers;
  std::atomic<int> served = 0;
  for (std::size_t i = 0; i < kMaxWaitingRequests; ++i) {
    readers.emplace_back([&] {
      httplib::Client slow("http://" + server->address());
      slow.set_read_timeout(std::chrono::seconds(60));
      // Refused while the request below has the last place: it comes again.
      auto result = slow.Get("/views/balances/rows/slow");
      while (result && result->status == 503) result = slow.Get("/views/balances/rows/slow");
      if (result && result->status == 200) ++served;
    });
  }
  // Until all of them wait, one more is let in; then it is refused.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  int status = 0;
  while (status != 503 && std::chrono::steady_clock::now() < deadline) {
    const auto result = client->Get("/views/balances/rows/1");
    ASSERT_TRUE(result);
    status = result->status;
  }
  EXPECT_EQ(status, 503);
  EXPECT_EQ(get("/health")["status"], "ok");
  running.balances.release();
  readers.clear();
  EXPECT_EQ(served, static_cast<int>(kMaxWaitingRequests));
}

TEST_F(HttpApi, AReadThatEndsInAnExceptionKeepsNoPlace) {
  for (std::size_t i = 0; i < kMaxWaitingRequests; ++i) {
    post("/views/balances/query", R"({"sql": "a bug"})", 500);
  }
  post("/views/balances/query", R"({"sql": "SELECT 1"})");
}

TEST_F(HttpApi, MetricsAreInPrometheusText) {
  running.metrics.produced_records = 12;
  const auto result = client->Get("/metrics");
  ASSERT_TRUE(result);
  EXPECT_THAT(result->get_header_value("Content-Type"), HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(result->body, HasSubstr("# TYPE daybook_broker_produced_records_total counter\n"
                                      "daybook_broker_produced_records_total 12"));
  EXPECT_THAT(result->body,
              HasSubstr("daybook_source_events_total{source=\"core\",kind=\"postgres\"} 42"));
  EXPECT_THAT(result->body, HasSubstr("daybook_view_lag_events{view=\"regional\"} 7"));
  EXPECT_THAT(result->body, HasSubstr("daybook_ready 1"));
}

TEST_F(HttpApi, EveryPathOfTheDescriptionIsServed) {
  const Json description = get("/openapi.json");
  EXPECT_EQ(description["openapi"], "3.0.3");
  ASSERT_GE(description["paths"].size(), 10U);
  for (const auto& [path, operations] : description["paths"].items()) {
    for (const auto& [method, operation] : operations.items()) {
      std::string concrete = path;
      for (const auto& [name, value] : {std::pair{"{view}", "balances"}, std::pair{"{key}", "1"},
                                        std::pair{"{question}", "who"}}) {
        const auto at = concrete.find(name);
        if (at != std::string::npos) concrete.replace(at, std::string(name).size(), value);
      }
      const auto result = method == "get" ? client->Get(concrete)
                                          : client->Post(concrete, "{}", "application/json");
      ASSERT_TRUE(result) << concrete;
      EXPECT_NE(result->status, 404) << method << " " << concrete;
      EXPECT_FALSE(operation["summary"].get<std::string>().empty());
    }
  }
}

TEST_F(HttpApi, GarbageOnThePortIsRefusedAndServingGoesOn) {
  const std::string address = server->address();
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof(to)), 0);
  const std::string garbage = std::string("\x00\x00\xff\xff garbage\r\n\r\n", 16);
  ASSERT_EQ(::send(socket, garbage.data(), garbage.size(), MSG_NOSIGNAL), 16);
  char byte = 0;
  while (::recv(socket, &byte, 1, 0) > 0) {
  }
  ::close(socket);
  EXPECT_EQ(get("/health")["status"], "ok");
}

TEST_F(HttpApi, APortInUseIsSaid) {
  const auto second = Server::start(running, server->address());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr("another process uses this port"));
}

TEST(HttpServer, BadAddressesAreRefused) {
  FakeRunning running;
  for (const char* address :
       {"", "8080", ":8080", "localhost:", "localhost:99999", "localhost:x"}) {
    const auto started = Server::start(running, address);
    ASSERT_FALSE(started) << address;
    EXPECT_EQ(started.error().code, ErrorCode::kInvalid) << address;
  }
}

TEST(HttpServer, StopsWhileAClientKeepsItsConnection) {
  FakeRunning running;
  auto server = Server::start(running, "127.0.0.1:0");
  ASSERT_TRUE(server);
  httplib::Client client("http://" + (*server)->address());
  client.set_keep_alive(true);
  ASSERT_TRUE(client.Get("/health"));
  const auto before = std::chrono::steady_clock::now();
  (*server)->stop();
  (*server)->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30));
}

}  // namespace
}  // namespace daybook::http
