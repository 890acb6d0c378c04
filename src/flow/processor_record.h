// What each processor is, kept in the log itself (topic daybook.processors, compacted; key: its
// group) when it starts: so that anyone can tell, before an application is started, what is new in
// it.

#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "client/log_client.h"
#include "flow/processor_spec.h"

namespace daybook::flow {

inline constexpr const char* kProcessorTopic = "daybook.processors";

// What its outputs depend on, as JSON: equal for equal processors.
std::string definition_of(const ProcessorSpec& spec);

// The definition that was recorded last of every group.
Result<std::map<std::string, std::string, std::less<>>> recorded_processors(client::LogClient& log);

// Records the definition, if it is another one than that of before.
Status record_processor(client::LogClient& log, const std::string& group,
                        const ProcessorSpec& spec);

}  // namespace daybook::flow
