// A kind of view over events that a test writes, without a log and without a task: for the tests of
// kinds. Each run has a version file of its own, in a folder that goes with it.

#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/log_client.h"
#include "views/version_reader.h"
#include "views/version_work.h"
#include "views/view_kind.h"

namespace daybook::views::testing {

using Row = std::vector<Value>;

struct TestEvent {
  std::optional<std::string> key = std::nullopt;
  std::optional<std::string> value = std::nullopt;
  std::int64_t time_ms = 1;
  std::int32_t partition = 0;
};

// A change as a source writes it; rows are JSON objects, or "null".
TestEvent change(const std::string& key, const std::string& op, const std::string& before,
                 const std::string& after);

// To topic "t".
void write_events(client::LogClient& log, const std::vector<TestEvent>& events);

class KindRun {
 public:
  // `lineage`: as a view of that option.
  KindRun(std::shared_ptr<const ViewPlan> plan, client::Schema schema, bool lineage = false);
  ~KindRun();

  // Applies the events after those of earlier calls, at most `cut` in a batch, and opens the file
  // anew in between if `reopens`. Returns "OFFSET: reason" for each that was rejected.
  std::vector<std::string> apply(const std::vector<TestEvent>& events, std::size_t cut = 1'000,
                                 bool reopens = false);

  Result<Answer> query(const std::string& sql);
  std::vector<Row> rows(const std::string& sql);  // of a query that must succeed
  std::vector<Row> find(const std::vector<std::string>& key);
  Result<Answer> ask(const std::string& question,
                     std::vector<std::pair<std::string, std::string>> arguments);
  std::int64_t row_count() const { return file().row_count(); }
  VersionReader& reader();
  const std::string& folder() const { return folder_; }  // of the version, which is 1
  Status try_open();                                     // its file anew

 private:
  const VersionFile& file() const;

  const std::shared_ptr<const ViewPlan> plan_;
  const client::Schema schema_;
  ViewSpec spec_;
  std::string folder_;
  std::deque<TestEvent> events_;  // all, at addresses that do not move
  std::unique_ptr<VersionFile> file_;
  std::shared_ptr<VersionReader> reader_;
};

// That the rows of `sql` are the same however the events are cut into batches, with the file opened
// anew or not, and that the file counts them right. The view is named "v".
void expect_same_however_cut(const std::function<std::shared_ptr<const ViewPlan>()>& plan,
                             const client::Schema& schema, const std::vector<TestEvent>& events,
                             const std::string& sql);

}  // namespace daybook::views::testing
