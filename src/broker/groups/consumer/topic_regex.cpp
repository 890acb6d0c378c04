#include "broker/groups/consumer/topic_regex.h"

#include <re2/re2.h>

#include <utility>

#include "broker/limits.h"

namespace daybook::broker {
namespace {

constexpr std::int64_t kMaxRegexMemoryBytes = 1 << 20;

}  // namespace

TopicRegex::TopicRegex(std::unique_ptr<re2::RE2> regex) : regex_(std::move(regex)) {}
TopicRegex::~TopicRegex() = default;
TopicRegex::TopicRegex(TopicRegex&& other) noexcept = default;
TopicRegex& TopicRegex::operator=(TopicRegex&& other) noexcept = default;

Result<TopicRegex> TopicRegex::compile(const std::string& pattern) {
  if (pattern.size() > kMaxRegexBytes) {
    return fail(ErrorCode::kInvalid, "a regular expression has at most " +
                                         std::to_string(kMaxRegexBytes) + " bytes, not " +
                                         std::to_string(pattern.size()));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxRegexMemoryBytes);
  auto regex = std::make_unique<re2::RE2>(pattern, options);
  if (!regex->ok()) return fail(ErrorCode::kInvalid, regex->error());
  return TopicRegex(std::move(regex));
}

bool TopicRegex::matches(std::string_view name) const {
  return re2::RE2::FullMatch(re2::StringPiece(name.data(), name.size()), *regex_);
}

}  // namespace daybook::broker
