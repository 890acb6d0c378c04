// The fold that a version was built with, made once more: for those who apply events again beside
// the version's own task, and must come to the same rows.

#pragma once

#include <memory>

#include "base/result.h"
#include "client/log_client.h"
#include "views/fold.h"
#include "views/life/definition.h"
#include "views/view_file.h"

namespace daybook::views {

// `definition` is that of the version. It keeps no lineage and publishes nothing. kUnavailable: the
// columns of the topic, or what Daybook makes of them, are others by now.
Result<std::unique_ptr<Fold>> make_built_fold(client::LogClient& log, const Definition& definition,
                                              const ViewFileInfo& version);

}  // namespace daybook::views
