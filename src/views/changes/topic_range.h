// From where to where each partition of a topic has offsets now; those without any are left out.

#pragma once

#include <string>

#include "base/result.h"
#include "client/log_client.h"

namespace daybook::views {

struct TopicRange {
  client::Position begin;
  client::Position end;
};

Result<TopicRange> range_of(client::LogClient& log, const std::string& topic);

}  // namespace daybook::views
