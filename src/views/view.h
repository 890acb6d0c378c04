// A view's life: a task on a thread of its own reads the topic from the view's position on, folds
// each batch into the view's rows, and commits rows and position together, so that every event is
// counted exactly once whatever crashes. It waits for a topic that does not exist yet, rides
// through a log that goes away, and reports what it does.
//
// A definition whose fingerprint differs from the stored one is built as the next version beside
// the old one, which answers until the new one has caught up.
//
// Threads: start() and stop() by the owner; status() and reader() by any.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "io/clock.h"
#include "io/file_system.h"
#include "views/answer.h"
#include "views/view_reader.h"
#include "views/view_spec.h"

namespace daybook::views {

struct ViewStatus {
  std::string name;
  std::string state;   // stopped, waiting, catching up, running, retrying, failed
  std::string detail;  // what it waits for or why it failed: "waiting for topic bank.card_tx"
  int version = 0;     // the one that answers; 0: none yet
  std::vector<ResultColumn> columns;  // empty while no version answers
  client::Position position;
  std::int64_t rows = 0;
  std::int64_t lag_events = 0;      // between the position and the end of the log
  std::int64_t events_applied = 0;  // by this process
  double events_per_s = 0;          // over the last seconds
  std::int64_t rejected = 0;        // by this process
  std::string last_error;           // the most recent one, even if it has been overcome
};

// What a view is given; all of it outlives the view.
struct ViewContext {
  client::LogClient& log;
  io::FileSystem& files;
  const io::Clock& clock;
  std::string state_folder;  // the view's files are in <state_folder>/views/<name>
};

class View {
 public:
  virtual ~View() = default;  // stops first

  // Starts the task. Nothing that the log or the topic lacks is an error here: it is waited for.
  virtual void start() = 0;
  // Ends the task within a second; what was committed stays. Reading goes on working,
  // but nobody waits for a position any more.
  virtual void stop() = 0;
  virtual ViewStatus status() const = 0;
  virtual const ViewSpec& spec() const = 0;
  virtual ViewReader& reader() = 0;
};

// kInvalid with every fault of check(spec); kCorrupt or kIo, naming the file, if the stored version
// cannot be opened.
Result<std::unique_ptr<View>> open_view(ViewSpec spec, ViewContext context);

}  // namespace daybook::views
