#include "sources/topic_template.h"

#include <fmt/format.h>

#include "client/topic_name.h"

namespace daybook::sources {
namespace {

void append_part(std::string_view part, std::string& topic) {
  for (const char c : part) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    topic += allowed ? c : '_';
  }
}

}  // namespace

Result<std::string> expand_topic(std::string_view pattern, const TopicParts& parts) {
  std::string topic;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') {
      topic += pattern[at];
      continue;
    }
    const auto close = pattern.find('}', at);
    if (close == std::string_view::npos) {
      return fail(ErrorCode::kInvalid, fmt::format("topic '{}': a '{{' is not closed", pattern));
    }
    const auto name = pattern.substr(at + 1, close - at - 1);
    if (name == "source") {
      append_part(parts.source, topic);
    } else if (name == "schema") {
      append_part(parts.schema, topic);
    } else if (name == "table") {
      append_part(parts.table, topic);
    } else {
      return fail(ErrorCode::kInvalid,
                  fmt::format("topic '{}': '{{{}}}' is unknown; there are {{source}}, {{schema}} "
                              "and {{table}}",
                              pattern, name));
    }
    at = close;
  }
  DAYBOOK_TRY_VOID(client::check_topic_name(topic));
  return topic;
}

}  // namespace daybook::sources
