#include "flow/exec/answer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "base/units.h"
#include "flow/exec/json_members.h"
#include "sql/calendar.h"

namespace daybook::flow {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownBytes = 100;
constexpr const char* kReject = "_reject";
constexpr const char* kTopic = "_topic";
constexpr const char* kPartition = "_partition";
constexpr const char* kOffset = "_offset";

// At most so many bytes, not ending within a character.
std::string beginning_of(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;
  return std::string(text.substr(0, max_bytes)) + "...";
}

std::unexpected<Error> wrong(std::string_view line, const std::string& why) {
  return fail(ErrorCode::kInvalid, beginning_of(line, kShownBytes) + ", and " + why);
}

std::string plain_text(const Json& json, const std::string& written) {
  return json.is_string() ? json.get<std::string>() : written;
}

// What a member whose name begins with _ says about the event, or why it cannot.
class ReservedMember {
 public:
  explicit ReservedMember(const JsonMember& member)
      : member_(member), json_(Json::parse(member.json, nullptr, false)) {}

  std::optional<std::string> apply(AnswerEvent& event) const {
    const auto& name = member_.name;
    if (name == "_key") return read_key(event);
    if (name == "_timestamp") return read_timestamp(event);
    if (name == "_headers") return read_headers(event);
    if (name == kPartition) return read_partition(event);
    if (name == "_value") return read_value(event);
    return name +
           ": of names that begin with _ there are _key, _timestamp, _headers, _partition and "
           "_value";
  }

 private:
  std::optional<std::string> read_key(AnswerEvent& event) const {
    event.record.key.emplace();
    if (!json_.is_null()) event.record.key->emplace(plain_text(json_, member_.json));
    return std::nullopt;
  }

  std::optional<std::string> read_timestamp(AnswerEvent& event) const {
    std::optional<std::int64_t> time_ms;
    if (json_.is_number_integer()) time_ms = json_.get<std::int64_t>();
    if (json_.is_string()) {
      const auto micros = sql::parse_timestamp(json_.get_ref<const std::string&>());
      if (micros) time_ms = *micros / kMicrosPerMs;
    }
    if (!time_ms || *time_ms <= 0) {
      return "_timestamp must be milliseconds, or a time such as 2026-01-31 12:00:00, after 1970";
    }
    event.record.timestamp = TimestampMs{*time_ms};
    return std::nullopt;
  }

  std::optional<std::string> read_headers(AnswerEvent& event) const {
    if (!json_.is_object()) return "_headers must be an object";
    auto& headers = event.record.headers.emplace();
    for (const auto& [name, value] : json_.items()) {
      if (!value.is_string() && !value.is_null()) return "_headers: " + name + " must be text";
      headers.emplace_back(name, value.is_null() ? Text() : Text(value.get<std::string>()));
    }
    return std::nullopt;
  }

  std::optional<std::string> read_partition(AnswerEvent& event) const {
    const bool fits = json_.is_number_integer() && json_ >= 0 &&
                      json_ <= std::numeric_limits<std::int32_t>::max();
    if (!fits) return "_partition must be the number of a partition";
    event.record.partition = json_.get<std::int32_t>();
    return std::nullopt;
  }

  std::optional<std::string> read_value(AnswerEvent& event) const {
    event.is_whole = true;
    if (!json_.is_null()) event.record.value = plain_text(json_, member_.json);
    return std::nullopt;
  }

  const JsonMember& member_;
  const Json json_;
};

// Whether it says which event it answers: what is there for that says nothing else.
bool is_named(const JsonObject& object) {
  return std::ranges::find(object, kOffset, &JsonMember::name) != object.end();
}

bool tells_event(const JsonMember& member, bool is_named) {
  return member.name == kTopic || member.name == kOffset || (is_named && member.name == kPartition);
}

bool is_out_of_step(const JsonObject& object, const AnsweredEvent& event) {
  return std::ranges::any_of(object, [&, is_named = is_named(object)](const JsonMember& member) {
    if (!tells_event(member, is_named)) return false;
    const auto json = Json::parse(member.json, nullptr, false);
    if (member.name == kTopic) return json != Json(event.topic);
    return json != Json(member.name == kOffset ? event.offset : event.partition);
  });
}

// Why it makes no event, if so.
std::optional<std::string> read_event(const JsonObject& object, AnswerEvent& event) {
  const bool named = is_named(object);
  event.fields += '{';
  for (const auto& member : object) {
    if (member.name.starts_with('_')) {
      if (tells_event(member, named)) continue;
      if (auto fault = ReservedMember(member).apply(event)) return fault;
      continue;
    }
    if (event.fields.size() > 1) event.fields += ',';
    append_json_text(member.name, event.fields);
    event.fields += ':';
    event.fields += member.json;
  }
  event.fields += '}';
  if (event.is_whole && event.fields.size() > 2) {
    return "_value is the whole value: leave the other names out";
  }
  return std::nullopt;
}

}  // namespace

Result<Answer> parse_answer(std::string_view line, const AnsweredEvent& event) {
  const auto found = read_json_objects(line, kMaxAnswerEvents);
  Answer answer;
  if (found && !found->is_array) {
    const auto& object = found->objects.front();
    const bool is_reject = object.size() == 1 && object.front().name == kReject;
    const auto reason = Json::parse(is_reject ? object.front().json : "null");
    if (reason.is_string()) {
      answer.reject_reason = beginning_of(reason.get_ref<const std::string&>(), kMaxReasonBytes);
      return answer;
    }
  }
  if (!found || !found->is_array) {
    return wrong(line,
                 "a line must be a JSON array of the events that come of an event, such as [] or "
                 "[{\"id\": 1}], or {\"_reject\": \"reason\"}");
  }
  for (const auto& object : found->objects) {
    if (is_out_of_step(object, event)) {
      return wrong(line, "that is of another event: each line must be answered by one line");
    }
    auto fault = read_event(object, answer.events.emplace_back());
    if (fault && !answer.reject_reason) answer.reject_reason = "answer: " + *fault;
  }
  return answer;
}

}  // namespace daybook::flow
