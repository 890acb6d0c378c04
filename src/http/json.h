// What the API shows, as JSON. Keys keep the order in which they are written.

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "app/running.h"
#include "base/result.h"
#include "views/answer.h"
#include "views/lineage/explanation.h"

namespace daybook::http {

using Json = nlohmann::ordered_json;

// On one line. Bytes that are not UTF-8 become U+FFFD.
std::string to_text(const Json& json);
// kInvalid if the text is no object, or goes deeper than kMaxJsonLevels.
Result<Json> parse_object(std::string_view text);

Json to_json(const app::LogStatus& log);
Json to_json(const sources::SourceStatus& source);
Json to_json(const app::ProcessorStatus& processor);
Json to_json(const views::ViewStatus& view);
// {"view", "version", "position", "columns": [{"name", "type", "key"}], "rows": [{column: value}],
// "truncated"}. DECIMAL and what else JSON's numbers cannot hold exactly are strings.
Json to_json(std::string_view view, const views::Answer& answer);
Json to_json(std::string_view view, const views::Difference& difference);
// {"view", "version", "topic", "position", "complete", "missing", "events_read", "columns",
// "earlier", "before": rows, "events": [{"topic", "partition", "offset", "timestamp", "key",
// "value", "rows"}], "rows"}. Keys and values of events are the bytes that the log has, as text.
Json to_json(std::string_view view, const views::Explanation& explanation);

}  // namespace daybook::http
