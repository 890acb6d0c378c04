// The processors of an application, each a task of its own: one that fails does not stop the
// others.
//
// Every process that runs the application has an instance of its own, kept in its state folder: as
// a member of the processors' groups it is recognised when it comes back.
//
// Threads: statuses() by any; the rest by the owner.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/app_file.h"
#include "app/lookup/view_lookup.h"
#include "app/running.h"
#include "base/result.h"
#include "client/kafka_client.h"
#include "client/log_client.h"
#include "client/transactions.h"
#include "flow/task.h"
#include "io/clock.h"
#include "io/file_system.h"

namespace daybook::app {

// The name of the instance whose state is in `folder`: what its file says, or a new one, durably.
Result<std::string> instance_of(io::FileSystem& files, const std::string& folder);

class Processors {
 public:
  // `app`, `log` and `clock` outlive this. `find_view` is asked for the views that rows are looked
  // up in, by the tasks.
  Processors(const AppFile& app, client::LogClient& log, const client::KafkaOptions& options,
             const std::string& instance, const io::Clock& clock, const FindView& find_view);
  ~Processors();  // stops
  Processors(const Processors&) = delete;
  Processors& operator=(const Processors&) = delete;

  void stop();  // all at once; within the time of a request
  std::vector<ProcessorStatus> statuses() const;

 private:
  const AppFile& app_;
  std::unique_ptr<client::Transactions> transactions_;
  std::vector<std::vector<std::unique_ptr<flow::LookupTable>>> lookups_;  // of each task
  std::vector<std::unique_ptr<flow::Task>> tasks_;
};

// Before its task is there: what a processor's status is.
ProcessorStatus idle_status(const AppFile& app, const ProcessorSection& section);

}  // namespace daybook::app
