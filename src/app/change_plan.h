// What starting an application would change of what is there: the topics and the processors of its
// log, and the views that a state folder holds. Nothing is changed by looking.

#pragma once

#include <string>
#include <vector>

#include "app/app_file.h"
#include "base/result.h"
#include "client/log_client.h"
#include "io/file_system.h"

namespace daybook::app {

struct Change {
  enum class Kind : std::uint8_t { kNew, kChanged, kLeft, kSame };
  Kind kind = Kind::kSame;
  std::string what;    // topic bank.card_tx
  std::string detail;  // in words; empty if it is the same
};

const char* to_string(Change::Kind kind);

// In the order of the file: topics, processors with the topics that they write, views; then views
// that the file does not have any more. kUnavailable if the log does not answer.
Result<std::vector<Change>> plan_changes(const AppFile& app, client::LogClient& log,
                                         io::FileSystem& files, const std::string& state_folder);

}  // namespace daybook::app
