#include "views/testing/kind_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "views/life/definition.h"
#include "views/lineage/lineage_store.h"

namespace daybook::views::testing {

TestEvent change(const std::string& key, const std::string& op, const std::string& before,
                 const std::string& after) {
  return {key, R"({"before":)" + before + R"(,"after":)" + after + R"(,"source":{"lsn":1},"op":")" +
                   op + R"(","ts_ms":1})"};
}

void write_events(client::LogClient& log, const std::vector<TestEvent>& events) {
  const auto writer = log.make_writer().value();
  for (const auto& event : events) {
    client::OutgoingRecord record{.topic = "t",
                                  .partition = PartitionId{event.partition},
                                  .timestamp = TimestampMs{event.time_ms},
                                  .key = event.key,
                                  .value = event.value,
                                  .headers = {}};
    ASSERT_TRUE(writer->write(record));
  }
  ASSERT_TRUE(writer->flush(client::milliseconds(1'000)));
}

KindRun::KindRun(std::shared_ptr<const ViewPlan> plan, client::Schema schema, bool lineage)
    : plan_(std::move(plan)), schema_(std::move(schema)) {
  spec_.name = "v";
  spec_.input = "t";
  spec_.topic = "t";
  spec_.lineage = lineage;
  std::string pattern = std::filesystem::temp_directory_path() / "daybook_kind_XXXXXX";
  folder_ = mkdtemp(pattern.data());
  const auto opened = try_open();
  EXPECT_TRUE(opened) << opened.error().message;
}

KindRun::~KindRun() {
  std::filesystem::remove_all(folder_);
}

Status KindRun::try_open() {
  file_.reset();
  DAYBOOK_TRY(auto fold, plan_->make_fold(spec_, schema_));
  if (spec_.lineage) {
    DAYBOOK_TRY(auto key, KeyColumns::of("v", plan_->key(), fold->columns()));
    DAYBOOK_TRY(
        fold, TracedFold::make(std::move(fold), {std::make_shared<LineageStore>(std::move(key))}));
  }
  auto file =
      VersionFile::open(version_path(folder_, 1), "v", 1, to_text(spec_, *plan_), std::move(fold));
  if (!file) return std::unexpected(file.error());
  file_ = std::move(*file);
  return {};
}

const VersionFile& KindRun::file() const {
  return *file_;
}

std::vector<std::string> KindRun::apply(const std::vector<TestEvent>& events, std::size_t cut,
                                        bool reopens) {
  std::vector<std::string> rejected;
  for (std::size_t from = 0; from < events.size(); from += cut) {
    std::vector<sql::InputEvent> batch;
    auto position = file_->position();
    auto times = file_->event_times();
    for (std::size_t i = from; i < std::min(events.size(), from + cut); ++i) {
      const auto& event = events_.emplace_back(events[i]);
      const client::TopicPartition partition{"t", PartitionId{event.partition}};
      auto& next = position.try_emplace(partition, Offset{0}).first->second;
      auto& clock = times[partition];
      clock = std::max(clock, event.time_ms);
      batch.push_back({event.partition, next.value, event.time_ms, clock, event.key, event.value});
      next = next.next();
    }
    const auto rejections = file_->fold().compute(batch);
    EXPECT_TRUE(rejections) << rejections.error().message;
    if (!rejections) return rejected;
    for (const auto& rejection : *rejections) {
      rejected.push_back(std::to_string(batch[rejection.record].offset) + ": " + rejection.reason);
    }
    const auto kept = file_->fold().keep();
    EXPECT_TRUE(kept) << kept.error().message;
    const auto committed = file_->commit(position, times);
    EXPECT_TRUE(committed) << committed.error().message;
    if (!reopens) continue;
    const auto opened = try_open();
    EXPECT_TRUE(opened) << opened.error().message;
    if (!opened) return rejected;
  }
  return rejected;
}

VersionReader& KindRun::reader() {
  if (reader_ == nullptr) reader_ = VersionReader::open(version_path(folder_, 1)).value();
  return *reader_;
}

Result<Answer> KindRun::query(const std::string& sql) {
  return reader().query(sql, {});
}

std::vector<Row> KindRun::rows(const std::string& sql) {
  const auto answer = query(sql);
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? answer->rows : std::vector<Row>();
}

std::vector<Row> KindRun::find(const std::vector<std::string>& key) {
  const auto answer = reader().find(plan_->key(), key, {});
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? answer->rows : std::vector<Row>();
}

Result<Answer> KindRun::ask(const std::string& question,
                            std::vector<std::pair<std::string, std::string>> arguments) {
  DAYBOOK_TRY(const auto* found, find_question(plan_->questions(), "v", question));
  const Arguments given(std::move(arguments));
  DAYBOOK_TRY_VOID(check_arguments(*found, given));
  return found->answer(reader(), given, {});
}

void expect_same_however_cut(const std::function<std::shared_ptr<const ViewPlan>()>& plan,
                             const client::Schema& schema, const std::vector<TestEvent>& events,
                             const std::string& sql) {
  KindRun whole(plan(), schema);
  const auto rejected = whole.apply(events);
  const auto rows = whole.rows(sql);
  EXPECT_FALSE(rows.empty());
  for (const std::size_t cut : {1U, 7U, 1'000U}) {
    for (const bool reopens : {false, true}) {
      SCOPED_TRACE("batches of " + std::to_string(cut) + (reopens ? ", reopened" : ""));
      KindRun other(plan(), schema);
      EXPECT_EQ(other.apply(events, cut, reopens), rejected);
      EXPECT_EQ(other.rows(sql), rows);
      const auto shown = other.rows("SELECT count(*) FROM v");
      EXPECT_EQ(shown, std::vector<Row>{Row{other.row_count()}});
    }
  }
}

}  // namespace daybook::views::testing
