#include "client/topic_name.h"

#include <fmt/format.h>

namespace daybook::client {

Status check_topic_name(std::string_view name) {
  if (name.empty() || name == "." || name == "..") {
    return fail(ErrorCode::kInvalid, fmt::format("topic name '{}' is not allowed", name));
  }
  if (name.size() > kMaxTopicNameChars) {
    return fail(ErrorCode::kInvalid,
                fmt::format("topic name '{}...' has {} characters; at most {} are allowed",
                            name.substr(0, 32), name.size(), kMaxTopicNameChars));
  }
  for (const char c : name) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!allowed) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("topic name '{}' holds '{}'; letters, digits, '.', '_' and '-' are "
                              "allowed",
                              name, c));
    }
  }
  return {};
}

}  // namespace daybook::client
