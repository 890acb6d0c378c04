// What made a row, and what it was before: the events that touch it are applied again, in memory
// (lineage/row_replay.h).
//
// If the view keeps lineage, just these events are read, unless there were more than it remembers.
// Else they are found by going through the topic again, up to the position of the answer, within a
// bound on events and time; where a bound is hit the explanation says what it has not seen. It is
// then that of the events below its position, and nothing in it is wrong. What was found is checked
// against the row that the view has.

#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "client/log_client.h"
#include "views/life/definition.h"
#include "views/lineage/explanation.h"
#include "views/version_reader.h"

namespace daybook::views {

// `definition` is that of the version. kUnsupported: a view of its kind has no rows by key.
// kInvalid: as ViewReader::find(). kUnavailable: the columns of the topic are others by now.
Result<Explanation> explain_row(client::LogClient& log, const Definition& definition,
                                VersionReader& version, const std::vector<std::string>& key,
                                const ExplainOptions& options);

// The rows of a key as they were at an earlier position or time, which the answer's position says.
// kInvalid: the view has not been there. kUnsupported: the log no longer has the events that it
// would take. kTimedOut: a bound was hit; there is no answer in part. Else as explain_row().
Result<Answer> find_as_of(client::LogClient& log, const Definition& definition,
                          VersionReader& version, const std::vector<std::string>& key,
                          const AsOf& as_of, const ExplainOptions& options);

}  // namespace daybook::views
