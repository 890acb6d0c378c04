// What made a row: the events that touched it, in the order in which the view counts them, and what
// it was after each.
//
// They are found by going through the topic again, up to the position of the answer, within a bound
// on events and time; where a bound is hit the explanation says what it has not seen. It is then
// that of the events below its position, and nothing in it is wrong. What was found is checked
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

}  // namespace daybook::views
