// Makes the topics that an application declares, with their columns, on whatever log it runs.

#pragma once

#include <span>

#include "app/app_file.h"
#include "base/result.h"
#include "client/log_client.h"

namespace daybook::app {

// Creates each topic that is missing and publishes its columns as its schema. A topic that is
// already there is left as it is; where it differs from the declaration, that is reported. Doing it
// again changes nothing. The error names the topic.
Status set_up_topics(client::LogClient& log, std::span<const TopicSection> topics);

}  // namespace daybook::app
