// Any bytes as the answer of a program: they are refused, or read into events whose fields are one
// line, which is read as the same again.

#include <cstdint>
#include <cstdlib>

#include "flow/exec/answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using daybook::flow::parse_answer;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto answer = parse_answer(line, {"in", 2, 7});
  if (!answer || answer->reject_reason) return 0;
  for (const auto& event : answer->events) {
    if (event.fields.find('\n') != std::string::npos) std::abort();
    const auto again = parse_answer("[" + event.fields + "]", {"in", 2, 7});
    if (!again || again->events.front().fields != event.fields) std::abort();
  }
  return 0;
}
