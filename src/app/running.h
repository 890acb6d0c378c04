// What a running Daybook shows of itself: the port through which the HTTP API and the terminal see
// it. The Supervisor is the real one; tests of the API show what they like.
//
// Threads: any, at once. Nothing here waits for the network or for a disk that is slow.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "flow/task.h"
#include "sources/source.h"
#include "views/view.h"

namespace daybook::broker {
struct Metrics;
}

namespace daybook::app {

struct LogStatus {
  bool embedded = false;
  std::string address;      // that Kafka clients connect to
  std::string data_folder;  // of the views' state and, if embedded, of the log
  std::string cluster_id;   // empty if the log is elsewhere
  std::string last_error;   // why the declared topics could not be made yet; empty if all is well
};

struct ProcessorStatus {
  std::string name;
  std::string group;  // that its processes share the partitions in
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  flow::TaskStatus task;
};

class Running {
 public:
  virtual ~Running() = default;

  virtual std::string app_name() const = 0;  // empty if there is no application: `daybook serve`
  // Success once the declared topics are there and every part has been started, as long as the log
  // answers; else why not. A part that is waiting or failing does not make the whole unready.
  virtual Status ready() const = 0;
  virtual LogStatus log() const = 0;
  virtual const broker::Metrics* broker_metrics() const = 0;  // null if the log is elsewhere

  // In the order of the application file.
  virtual std::vector<sources::SourceStatus> sources() const = 0;
  virtual std::vector<ProcessorStatus> processors() const = 0;
  virtual std::vector<views::ViewStatus> views() const = 0;
  // kNotFound, naming the views that there are; kUnavailable if it could not be opened, and why.
  // Valid as long as this object.
  virtual Result<views::View*> find_view(const std::string& name) const = 0;
};

}  // namespace daybook::app
