// What a processor waits for before it begins: that everything it looks rows up in has rows, and
// has applied what its topic held when the processor's own topics were there. So a first run over
// an old log does not find tables that are still being filled. A table's position passes what
// is no event at the end of its topic, so it gets to every end that the log has.
//
// One thread.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "flow/lookup/lookup_table.h"
#include "flow/processor_spec.h"

namespace daybook::flow {

class LookupWait {
 public:
  // All outlive this.
  LookupWait(client::LogClient& log, const ProcessorSpec& spec, const LookupTables& tables);

  // In words; nothing once there is nothing more to wait for.
  Result<std::optional<std::string>> waits_for();

 private:
  struct Progress {
    std::optional<client::Position> target;  // nothing: there is no topic yet
    bool is_done = false;
  };

  Status find_target(const std::string& topic, Progress& progress);

  client::LogClient& log_;
  const ProcessorSpec& spec_;
  const LookupTables& tables_;
  std::vector<Progress> progress_;  // of each table
};

}  // namespace daybook::flow
