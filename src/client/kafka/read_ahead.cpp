#include "client/kafka/read_ahead.h"

#include <algorithm>

#include "client/record_memory.h"

namespace daybook::client::kafka {
namespace {

constexpr std::size_t kMinRecords = 1'000;
constexpr std::size_t kMaxRecords = 1'000'000;
constexpr std::size_t kMinAnswerBytes = 1 << 20;
constexpr std::size_t kMaxPartitionBytes = 4 << 20;  // in one answer
constexpr std::size_t kMaxAnswerBytes = 50 << 20;    // the library's own default

}  // namespace

Properties read_ahead_properties(std::size_t bytes) {
  const auto memory = divide_memory(bytes);
  const auto records = std::clamp(memory.records, kMinRecords, kMaxRecords);
  const auto answer = std::clamp(bytes / 4, kMinAnswerBytes, kMaxAnswerBytes);
  return {
      {"queued.min.messages", std::to_string(records)},
      {"queued.max.messages.kbytes", std::to_string(std::max(memory.bytes, kMinAnswerBytes) >> 10)},
      {"fetch.max.bytes", std::to_string(answer)},
      {"fetch.message.max.bytes", std::to_string(std::min(answer, kMaxPartitionBytes))},
      {"fetch.wait.max.ms", "100"},
      {"fetch.error.backoff.ms", "50"},
  };
}

}  // namespace daybook::client::kafka
