// A pattern of topic names, as members of the consumer protocol subscribe to. The syntax is RE2's,
// which is that of Kafka's RE2J, and the time that matching takes is linear in the name: a pattern
// comes from a client, and must not be able to stop the server.
//
// Threads: any; it does not change.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace daybook::broker {

class TopicRegex {
 public:
  // kInvalid, with the reason, if it is no pattern, or too large a one.
  static Result<TopicRegex> compile(const std::string& pattern);
  ~TopicRegex();
  TopicRegex(TopicRegex&& other) noexcept;
  TopicRegex& operator=(TopicRegex&& other) noexcept;

  // Of the whole name.
  bool matches(std::string_view name) const;

 private:
  explicit TopicRegex(std::unique_ptr<re2::RE2> regex);
  std::unique_ptr<re2::RE2> regex_;
};

}  // namespace daybook::broker
