// A view as it was at an earlier position: a version of its own, built by the definition of the one
// that answers from the first event up to that position, asked as every version is, and removed.
//
// It is whole or there is no answer: bounds on events, time and disk, and what the log no longer
// has, are errors that say how far it came. Its files are in the folder "as-of" of the view, which
// a crash leaves to the next start; they take as much room as the view took then, but never more
// than half of what was free on the disk, which is the log's as well.
//
// Threads: any; one at a time of a view.

#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "client/log_client.h"
#include "io/file_system.h"
#include "views/life/definition.h"
#include "views/lineage/explanation.h"
#include "views/version_reader.h"

namespace daybook::views {

inline constexpr std::size_t kPastCacheBytes = 16u << 20;  // of memory, for what is in its file

struct PastPlace {
  client::LogClient& log;
  io::FileSystem& files;
  std::string folder;  // the view's
};

// What `ask` answers over the version as it was, with the position that `as_of` stands for.
// `definition` is that of `version`, which answers now. Of `replay` its bounds. kInvalid: the view
// has not been there; kTimedOut: a bound was hit; kUnsupported: the log no longer has the events;
// kNoSpace: the disk is too full for it; kUnavailable: its columns are others by now; else what
// `ask` fails with.
Result<Answer> ask_as_of(const PastPlace& place, const Definition& definition,
                         VersionReader& version, const AsOf& as_of, const ExplainOptions& replay,
                         const std::function<Result<Answer>(VersionReader&)>& ask);

// Removes what a crash has left in the folder of a view.
Status forget_past(io::FileSystem& files, const std::string& folder);

}  // namespace daybook::views
