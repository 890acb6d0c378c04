#include "app/app_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::optional<std::string> test_variable(const std::string& name) {
  if (name == "BANK_DSN") return "host=127.0.0.1 dbname=bank user=bank password=s3cret";
  return std::nullopt;
}

AppFileResult parse(std::string_view yaml) {
  return parse_app_file(yaml, "/srv/bank", test_variable);
}

// Every fault as one line, "LINE:COLUMN: message".
std::vector<std::string> faults_of(std::string_view yaml) {
  std::vector<std::string> lines;
  const auto app = parse(yaml);
  if (app) return lines;
  for (const Fault& fault : app.error()) {
    lines.push_back(to_string(fault, "app.yaml").substr(std::string("app.yaml:").size()));
  }
  return lines;
}

constexpr const char* kBank = R"(app: bank
log: {embedded: ./data}
sources:
  core:
    postgres: {dsn: "${BANK_DSN}", tables: [public.customer, public.account]}
    topic: "bank.{table}"
    partitions: 3
topics:
  web.click:
    partitions: 4
    retention: 90d
    columns: {session: VARCHAR, customer_id: BIGINT}
views:
  clicks:
    from: {c: web.click}
    table:
      key: session
      sql: SELECT session, count(*) AS clicks FROM c GROUP BY session
)";

TEST(AppFile, DeclaresTheLogSourcesTopicsAndViews) {
  const auto app = parse(kBank);
  ASSERT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  EXPECT_EQ(app->name, "bank");
  EXPECT_EQ(std::get<EmbeddedLog>(app->log).folder, "/srv/bank/data");

  ASSERT_EQ(app->sources.size(), 1U);
  EXPECT_EQ(app->sources[0].name, "core");
  EXPECT_EQ(app->sources[0].kind->name(), "postgres");
  EXPECT_THAT(app->sources[0].plan->topics(), ElementsAre("bank.customer", "bank.account"));

  ASSERT_EQ(app->topics.size(), 1U);
  EXPECT_EQ(app->topics[0].name, "web.click");
  EXPECT_EQ(app->topics[0].partitions, 4);
  EXPECT_EQ(app->topics[0].config.at("retention.ms"), "7776000000");
  EXPECT_EQ(app->topics[0].columns[1], (client::Column{.name = "customer_id", .type = "BIGINT"}));

  ASSERT_EQ(app->views.size(), 1U);
  EXPECT_EQ(app->views[0].spec.name, "clicks");
  EXPECT_EQ(app->views[0].spec.input, "c");
  EXPECT_EQ(app->views[0].spec.topic, "web.click");
  EXPECT_THAT(app->views[0].plan->key(), ElementsAre("session"));
  ASSERT_TRUE(app->views[0].spec.declared);
  EXPECT_EQ(app->views[0].spec.declared->columns.size(), 2U);
}

TEST(AppFile, NamesAKafkaClusterAsTheLog) {
  const auto app = parse("app: a\nlog: {kafka: [broker-1:9092, '[::1]:9093']}\n");
  ASSERT_TRUE(app);
  EXPECT_THAT(std::get<KafkaLog>(app->log).bootstrap, ElementsAre("broker-1:9092", "[::1]:9093"));
}

TEST(AppFile, LogIsBesideTheFileByDefault) {
  const auto app = parse("app: a\n");
  ASSERT_TRUE(app);
  EXPECT_EQ(std::get<EmbeddedLog>(app->log).folder, "/srv/bank/data");
  const auto absolute = parse("app: a\nlog: {embedded: /var/lib/daybook}\n");
  ASSERT_TRUE(absolute);
  EXPECT_EQ(std::get<EmbeddedLog>(absolute->log).folder, "/var/lib/daybook");
}

struct Case {
  const char* name;
  const char* yaml;
  const char* fault;  // the only one
};

class OneFault : public ::testing::TestWithParam<Case> {};

TEST_P(OneFault, IsReportedWithPlaceAndRemedy) {
  EXPECT_THAT(faults_of(GetParam().yaml), ElementsAre(HasSubstr(GetParam().fault)));
}

constexpr Case kCases[] = {
    {"UnknownTopLevelKey", "app: a\nviewz: {}\n",
     "2:1: unknown key \"viewz\" (did you mean \"views\"?)"},
    {"UnknownKeyInATopic", "app: a\ntopics:\n  t: {partitoins: 4}\n",
     "3:7: unknown key \"partitoins\" (did you mean \"partitions\"?)"},
    {"UnknownKeyNearNothing", "app: a\ntopics:\n  t: {banana: 4}\n",
     "3:7: unknown key \"banana\"; known here: columns, config, partitions, retention"},
    {"MissingVariable", "app: ${APP_NAME}\n",
     "1:6: environment variable APP_NAME is not set: set it, or write ${APP_NAME:-default}"},
    {"MissingName", "topics: {}\n", "1:1: \"app\" is missing"},
    {"BadName", "app: my bank\n", "1:6: the app's name \"my bank\" must start with a letter"},
    {"DuplicateKey", "app: a\ntopics:\n  t: {}\n  t: {}\n",
     "4:3: \"t\" is written twice; the first is in line 3"},
    {"PartitionsNotANumber", "app: a\ntopics:\n  t: {partitions: many}\n",
     "3:19: \"partitions\" must be a whole number from 1 to 10000, not \"many\""},
    {"PartitionsZero", "app: a\ntopics:\n  t: {partitions: 0}\n",
     "3:19: \"partitions\" must be a whole number from 1 to 10000, not \"0\""},
    {"RetentionWithoutUnit", "app: a\ntopics:\n  t: {retention: 90}\n",
     "3:18: \"retention\": \"90\" is not a duration"},
    {"RetentionTwice", "app: a\ntopics:\n  t: {retention: 1d, config: {retention.ms: 1}}\n",
     "3:18: \"retention\" and config \"retention.ms\" say the same: keep one"},
    {"BadTopicName", "app: a\ntopics:\n  \"a b\": {}\n",
     "3:3: topic \"a b\" may have only letters, digits, '.', '_' and '-'"},
    {"ColumnWithoutType", "app: a\ntopics:\n  t: {columns: {x: }}\n",
     "\"x\" must be a single value, not empty"},
    {"BothLogs", "app: a\nlog: {embedded: d, kafka: [b:1]}\n",
     "\"log\" has both \"embedded\" and \"kafka\": keep one of them"},
    {"NoLog", "app: a\nlog: {}\n", "\"log\" needs embedded: FOLDER or kafka: [HOST:PORT, ...]"},
    {"BadBootstrap", "app: a\nlog: {kafka: [broker-1]}\n",
     "\"broker-1\" must be HOST:PORT, such as 127.0.0.1:9092"},
    {"ModelsNotBuiltYet", "app: a\nmodels: {fraud: {xgboost: m.json}}\n",
     "\"models\" is not available in this version of Daybook: remove it"},
    {"SourceKindNotBuiltYet", "app: a\nsources:\n  s: {mysql: {dsn: x}, topic: \"{table}\"}\n",
     "a source of kind \"mysql\" is not available in this version of Daybook: remove it"},
    {"SourceOfNoKind", "app: a\nsources:\n  s: {topic: \"{table}\"}\n",
     "3:3: source \"s\" does not say what it captures; known kinds: postgres"},
    {"ViewOfNoKind", "app: a\nviews:\n  v: {from: {x: t}}\n",
     "3:3: view \"v\" does not say what it is; known kinds: columnar, "},
    {"ViewWithoutFrom",
     "app: a\nviews:\n  v: {table: {key: k, sql: \"SELECT k, count(*) AS n FROM x GROUP BY k\"}}\n",
     "3:3: view \"v\" has no \"from\": write from: {NAME: TOPIC}"},
    {"ViewOfTwoTopics",
     "app: a\nviews:\n  v: {from: {x: t, y: u}, table: {key: k, sql: \"SELECT k, count(*) AS n "
     "FROM "
     "x GROUP BY k\"}}\n",
     "a view of several topics is not available in this version of Daybook"},
    {"LineageOfRowsThatAreForgotten",
     "app: a\ntopics:\n  t: {columns: {k: DATE}}\nviews:\n  v: {from: {x: t}, lineage: true, "
     "table: "
     "{key: k, keep: 1d, sql: \"SELECT k, count(*) AS n FROM x GROUP BY k\"}}\n",
     "keep and lineage do not go together"},
    {"LineageOfRowsWithoutKey",
     "app: a\ntopics:\n  t: {columns: {k: DATE}}\nviews:\n  v: {from: {x: t}, lineage: true, "
     "columnar: {sql: \"SELECT k FROM x\"}}\n",
     "lineage: a view of kind columnar has no rows by key"},
    {"ChangesOfRowsWithoutKey",
     "app: a\ntopics:\n  t: {columns: {k: DATE}}\nviews:\n  v: {from: {x: t}, changes: u, "
     "columnar: {sql: \"SELECT k FROM x\"}}\n",
     "changes: a view of kind columnar has no rows by key"},
    {"ChangesIntoTheTopicThatIsRead",
     "app: a\nviews:\n  v: {from: {x: t}, changes: t, document: {key: k}}\n",
     "changes: the view reads topic t, so it cannot publish its changes there"},
    {"ChangesOfTwoViewsInOneTopic",
     "app: a\nviews:\n  v: {from: {x: t}, changes: u, document: {key: k}}\n"
     "  w: {from: {x: t}, changes: u, document: {key: k}}\n",
     "view \"v\" publishes its changes to \"u\", too: a change topic must be the view's own"},
    {"ChangesIntoNoTopic",
     "app: a\nviews:\n  v: {from: {x: t}, changes: \"a b\", document: {key: k}}\n",
     "topic \"a b\" may have only letters, digits, '.', '_' and '-'"},
    {"ViewWithoutSql", "app: a\nviews:\n  v: {from: {x: t}, table: {key: k}}\n",
     "\"sql\" is missing"},
    {"KeepWithoutUnit",
     "app: a\nviews:\n  v: {from: {x: t}, table: {keep: 90, key: k, sql: \"SELECT k FROM x\"}}\n",
     "3:35: \"keep\": \"90\" is not a duration"},
    {"KeepWithoutATime",
     "app: a\ntopics: {t: {columns: {k: VARCHAR}}}\nviews:\n  v: {from: {x: t}, table: {keep: 90d, "
     "key: k, sql: \"SELECT k, count(*) AS n FROM x GROUP BY k\"}}\n",
     "keep needs a time in GROUP BY"},
    {"ListWhereAMappingBelongs", "app: a\ntopics: [t]\n",
     "2:9: \"topics\" must be a mapping, not a list"},
    {"MappingWhereAValueBelongs", "app: {name: a}\n",
     "1:6: \"app\" must be a single value, not a mapping"},
    {"NotYaml", "app: a\n  b: [\n", "not YAML"},
    {"Empty", "", "the file is empty"},
    {"AList", "- app: a\n", "the file must be a mapping, not a list"},
    {"TextThatNoDocumentTakes", ",og: {embedded, city\n", "one file declares one app"},
    {"TextAfterTheDocument", "{app: a}\n]\n", "2:1: not YAML: illegal flow end"},
    {"TwoDocuments", "app: a\n---\napp: b\n", "one file declares one app"},
};

INSTANTIATE_TEST_SUITE_P(AppFile, OneFault, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(AppFile, EveryFaultIsFoundInOneReading) {
  EXPECT_THAT(
      faults_of("app: ${APP_NAME}\n"
                "topics:\n"
                "  t: {partitoins: 1, retention: soon}\n"
                "models: {}\n"
                "extra: 1\n"),
      ElementsAre(HasSubstr("1:6: environment variable APP_NAME"),
                  HasSubstr("3:7: unknown key \"partitoins\""), HasSubstr("3:33: \"retention\""),
                  HasSubstr("4:1: \"models\" is not available"),
                  HasSubstr("5:1: unknown key \"extra\"")));
}

constexpr const char* kChain = R"yaml(app: bank
topics:
  bank.card_tx: {columns: {id: BIGINT, amount: "DECIMAL(18,2)"
}
}
processors:
  loud:
    from: {q: bank.quiet}
    sql: SELECT id, twice > 100 AS is_big FROM q
    to: {bank.big: is_big, bank.all: true}
    on_error: stop
    max_batch: 7
  quiet:
    from: {tx: bank.card_tx}
    sql: SELECT id, amount * 2 AS twice FROM tx
    to: bank.quiet
views:
  big:
    from: {b: bank.big}
    table: {key: id, sql: "SELECT id, is_big FROM b"}
)yaml";

TEST(AppFile, AChainOfProcessorsHandsItsColumnsOn) {
  const auto app = parse(kChain);
  ASSERT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  ASSERT_EQ(app->processors.size(), 2U);
  const auto& loud = app->processors[0];
  EXPECT_EQ(loud.spec.name, "loud");
  EXPECT_EQ(loud.spec.outputs[0].topic, "bank.big");
  EXPECT_EQ(loud.spec.outputs[0].when, "is_big");
  EXPECT_TRUE(loud.spec.stop_on_error);
  EXPECT_EQ(loud.spec.max_batch_events, 7U);
  ASSERT_TRUE(loud.spec.inputs[0].declared);
  EXPECT_EQ(loud.spec.inputs[0].declared->columns[1],
            (client::Column{.name = "twice", .type = "DECIMAL(18,2)"}));
  ASSERT_TRUE(app->views[0].spec.declared);
  EXPECT_EQ(app->views[0].spec.declared->columns[1],
            (client::Column{.name = "is_big", .type = "BOOLEAN"}));
}

TEST(AppFile, WhatIsWrongWithProcessorsIsSaidWithItsPlace) {
  EXPECT_THAT(
      faults_of("app: a\n"
                "topics: {t: {columns: {id: BIGINT}}, o: {columns: {x: BIGINT}}}\n"
                "processors:\n"
                "  none: {}\n"
                "  loop: {from: {t: t}, sql: SELECT id FROM t, to: t}\n"
                "  sum: {from: {t: t}, sql: SELECT sum(id) AS s FROM t, to: s}\n"
                "  one: {from: {t: t}, sql: SELECT id FROM t, to: o}\n"
                "  two: {from: {t: t}, sql: SELECT id FROM t, to: o}\n"
                "  win: {from: {t: t}, sql: SELECT id FROM t, to: w, lookup: {v: id}}\n"),
      ElementsAre(HasSubstr("2:38: topic \"o\" is written by processor \"one\", which declares"),
                  HasSubstr("4:3: \"sql\" is missing"),
                  HasSubstr("4:3: processor \"none\" has no \"from\""),
                  HasSubstr("4:3: processor \"none\" has no \"to\""),
                  HasSubstr("5:51: processor \"loop\" would read what it writes"),
                  HasSubstr("6:28: processor \"sum\": the select list: sum reads more than one"),
                  HasSubstr("8:3: processor \"two\" would write topic \"o\""),
                  HasSubstr("9:65: \"v\" must be a mapping")));
}

TEST(AppFile, WindowsAreReadAndHandTheirColumnsOn) {
  const auto app = parse(R"yaml(app: a
topics: {t: {columns: {id: BIGINT, card: VARCHAR}}}
processors:
  hop:
    from: {t: t}
    window: {hopping: 1h, every: 10m, by: card, late: 5m, emit: update}
    sql: SELECT card, _window_end AS until, count(*) AS n FROM t GROUP BY card
    to: hops
  session:
    from: {t: t}
    window: {session: 30m, by: card}
    sql: SELECT count(*) AS n FROM t
    to: sessions
)yaml");
  ASSERT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  const auto& hop = app->processors[0].spec.window;
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->by, "card");
  EXPECT_EQ(hop->size_ms, 3'600'000);
  EXPECT_EQ(hop->every_ms, 600'000);
  EXPECT_EQ(hop->late_ms, 300'000);
  EXPECT_TRUE(hop->emits_updates);
  EXPECT_FALSE(hop->is_session);
  EXPECT_EQ(app->processors[0].columns->at(1),
            (client::Column{.name = "until", .type = "TIMESTAMP"}));
  const auto& session = app->processors[1].spec.window;
  ASSERT_TRUE(session);
  EXPECT_TRUE(session->is_session);
  EXPECT_FALSE(session->emits_updates);
}

TEST(AppFile, WhatIsWrongWithWindowsIsSaidWithItsPlace) {
  EXPECT_THAT(
      faults_of(
          "app: a\n"
          "topics: {t: {columns: {id: BIGINT}}}\n"
          "processors:\n"
          "  a: {from: {t: t}, sql: SELECT 1, to: a1, window: {by: id}}\n"
          "  b: {from: {t: t}, sql: SELECT 1, to: b1, window: {tumbling: soon, bye: id}}\n"
          "  c: {from: {t: t}, sql: SELECT 1, to: c1, window: {hopping: 1h, by: id}}\n"
          "  d: {from: {t: t}, sql: SELECT 1, to: d1, window: {hopping: 1m, every: 2m, by: id}}\n"
          "  e: {from: {t: t}, sql: SELECT 1, to: e1, window: {hopping: 1h, every: 1s, by: id}}\n"
          "  g: {from: {t: t}, sql: SELECT 1, to: g1, window: {tumbling: 9999d, by: id, emit: "
          "now}}\n"),
      ElementsAre(HasSubstr("4:52: \"window\" is one of tumbling: SIZE"),
                  HasSubstr("5:44: \"by\" is missing"),
                  HasSubstr("5:63: \"tumbling\" must be a duration, such as 30d or 10m"),
                  HasSubstr("5:69: unknown key \"bye\" (did you mean \"by\"?)"),
                  HasSubstr("6:44: \"every\" is missing"),
                  HasSubstr("7:73: \"every\" is longer than the windows"),
                  HasSubstr("8:73: each event would be in more than 1000 windows"),
                  HasSubstr("9:63: \"tumbling\" is 3660d at most"), HasSubstr("9:84: \"emit\"")));
  EXPECT_THAT(faults_of("app: a\n"
                        "topics: {t: {columns: {id: BIGINT}}}\n"
                        "processors:\n"
                        "  f: {from: {t: t}, sql: SELECT count(*) AS n FROM t, to: f1, window: "
                        "{session: 1h, by: id, emit: update}}\n"),
              ElementsAre(::testing::AllOf(HasSubstr("4:26: processor \"f\""),
                                           HasSubstr("(id) || '@' || epoch_ms(_window_start)"))));
  EXPECT_THAT(faults_of("app: a\n"
                        "topics: {t: {columns: {id: BIGINT}}}\n"
                        "processors:\n"
                        "  i: {from: {t: t}, exec: {command: sh}, to: i1, window: {tumbling: 1h, "
                        "by: id}}\n"),
              ::testing::Contains(HasSubstr("\"window\" and \"exec\" cannot be in one processor")));
  EXPECT_THAT(faults_of("app: a\n"
                        "topics: {t: {columns: {id: BIGINT}}}\n"
                        "processors:\n"
                        "  h: {from: {t: t}, sql: SELECT sum(x) AS s FROM t, to: h1, window: "
                        "{tumbling: 1h, by: id}}\n"),
              ElementsAre(::testing::AllOf(HasSubstr("4:26: processor \"h\""), HasSubstr("x"))));
}

TEST(AppFile, AProgramHandsItsColumnsOnWhateverItReads) {
  const auto app = parse(R"yaml(app: a
processors:
  risk:
    from: {p: captured}
    exec:
      command: [sh, -c, "cat"]
      columns: {id: BIGINT, risk: DOUBLE}
      timeout: 5s
      max_in_flight: 7
    to: {high: risk > 0.5, all: "true"}
  any: {from: {p: captured}, exec: {command: sh}, to: anything}
  next: {from: {h: high}, sql: "SELECT id, risk * 2 AS twice FROM h", to: twice}
topics:
  anything: {columns: {x: BIGINT}}
)yaml");
  ASSERT_TRUE(app) << to_string(app.error().front(), "app.yaml");
  const auto& exec = app->processors[0].spec.exec;
  ASSERT_TRUE(exec);
  EXPECT_THAT(exec->command, ElementsAre("sh", "-c", "cat"));
  EXPECT_EQ(exec->folder, "/srv/bank");
  EXPECT_EQ(exec->timeout_ms, 5'000);
  EXPECT_EQ(exec->max_in_flight, 7U);
  EXPECT_TRUE(app->processors[1].columns->empty());
  EXPECT_EQ(app->processors[2].columns->at(1).name, "twice");
}

TEST(AppFile, WhatIsWrongWithAProgramIsSaidWithItsPlace) {
  EXPECT_THAT(
      faults_of("app: a\n"
                "processors:\n"
                "  none: {from: {t: t}, exec: {}, to: o}\n"
                "  both: {from: {t: t}, exec: {command: sh}, sql: SELECT 1, to: o}\n"
                "  away: {from: {t: t}, exec: {command: no-such-program}, to: o}\n"
                "  long: {from: {t: t}, exec: {command: sh, timeout: 3m}, to: o}\n"
                "  rule: {from: {t: t}, exec: {command: sh}, to: {r: x > 3}}\n"
                "  typo: {from: {t: t}, exec: {comand: sh}, to: o}\n"),
      ElementsAre(
          HasSubstr("3:24: \"command\" is missing"),
          HasSubstr("4:50: \"sql\" and \"exec\" cannot be in one processor"),
          HasSubstr("5:30: processor \"away\": there is no program no-such-program in PATH"),
          HasSubstr("6:53: \"timeout\" is 2m at most"),
          HasSubstr("7:30: processor \"rule\": the conditions in \"to\""),
          HasSubstr("8:24: \"command\" is missing"),
          HasSubstr("8:31: unknown key \"comand\" (did you mean \"command\"?)")));
}

TEST(AppFile, ASourceThatIsWrongInItselfIsReportedWithTheRest) {
  const auto faults = faults_of(
      "app: a\n"
      "sources:\n"
      "  s: {postgres: {dsn: \"host=x\", tabels: [public.t]}, topic: \"{table}\"}\n"
      "extra: 1\n");
  EXPECT_THAT(faults, ::testing::Contains(HasSubstr("\"tables\" is missing")));
  EXPECT_THAT(faults, ::testing::Contains(
                          HasSubstr("3:33: unknown key \"tabels\" (did you mean \"tables\"?)")));
  EXPECT_THAT(faults, ::testing::Contains(HasSubstr("4:1: unknown key \"extra\"")));
}

TEST(AppFile, AViewThatCannotBeFoldedIsRefusedAtItsSql) {
  EXPECT_THAT(faults_of("app: a\n"
                        "topics: {t: {columns: {k: VARCHAR, x: DOUBLE}}}\n"
                        "views:\n"
                        "  v:\n"
                        "    from: {x: t}\n"
                        "    table:\n"
                        "      key: k\n"
                        "      sql: SELECT k, median(x) AS m FROM x GROUP BY k\n"),
              ElementsAre(HasSubstr("8:12: ")));
}

TEST(AppFile, TwoSourcesMayNotWriteOneTopic) {
  EXPECT_THAT(
      faults_of("app: a\n"
                "sources:\n"
                "  one: {postgres: {dsn: host=x, tables: [public.t]}, topic: \"{table}\"}\n"
                "  two: {postgres: {dsn: host=y, tables: [public.t]}, topic: \"{table}\"}\n"),
      ElementsAre(HasSubstr("4:3: source \"two\" would write topic \"t\", which source \"one\"")));
}

TEST(AppFile, SecretsAreNotRepeatedInFaults) {
  const auto faults = faults_of(
      "app: a\nsources:\n  s: {postgres: {dsn: \"${BANK_DSN} banana=1\", tables: [x..y]}, topic: "
      "\"{table}\"}\n");
  ASSERT_FALSE(faults.empty());
  for (const std::string& fault : faults) EXPECT_THAT(fault, ::testing::Not(HasSubstr("s3cret")));
}

TEST(AppFile, AMissingFileIsNamed) {
  const auto app = load_app_file(io::real_file_system(), "/nowhere/app.yaml", test_variable);
  ASSERT_FALSE(app);
  EXPECT_THAT(to_string(app.error()[0], "/nowhere/app.yaml"),
              HasSubstr("cannot read the application file"));
}

}  // namespace
}  // namespace daybook::app
