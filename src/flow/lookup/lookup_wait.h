// What a processor waits for before it begins: that everything it looks rows up in has rows, and
// has applied what its topic held when the processor's own topics were there. So a first run over
// an old log does not find tables that are still being filled.
//
// One thread.

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "flow/lookup/lookup_table.h"
#include "flow/processor_spec.h"
#include "io/clock.h"

namespace daybook::flow {

// A table that stands still so long, at what it takes for the end, has reached it: the last offsets
// of a topic may be those of transaction markers, which no table ever gets to.
inline constexpr std::chrono::milliseconds kStandstill{3'000};

class LookupWait {
 public:
  // All outlive this.
  LookupWait(client::LogClient& log, const io::Clock& clock, const ProcessorSpec& spec,
             const LookupTables& tables);

  // In words; nothing once there is nothing more to wait for.
  Result<std::optional<std::string>> waits_for();

 private:
  struct Progress {
    std::optional<client::Position> target;  // nothing: there is no topic yet
    client::Position position;
    std::optional<std::chrono::steady_clock::time_point> still_since;
    bool is_done = false;
  };

  Status find_target(const std::string& topic, Progress& progress);
  bool has_arrived(const LookupTable::State& state, Progress& progress) const;

  client::LogClient& log_;
  const io::Clock& clock_;
  const ProcessorSpec& spec_;
  const LookupTables& tables_;
  std::vector<Progress> progress_;  // of each table
};

}  // namespace daybook::flow
