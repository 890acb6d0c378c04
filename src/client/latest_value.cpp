#include "client/latest_value.h"

#include <fmt/format.h>

namespace daybook::client {
namespace {

constexpr PartitionId kOnlyPartition{0};
constexpr milliseconds kAcknowledgeTimeout{30'000};
constexpr milliseconds kReadTimeout{30'000};
constexpr milliseconds kFetchWait{500};
constexpr std::size_t kFetchRecords = 1'000;
constexpr std::size_t kFetchBytes = 4 << 20;

}  // namespace

Result<std::map<std::string, std::string, std::less<>>> find_all_latest(LogClient& log,
                                                                        const std::string& topic) {
  std::map<std::string, std::string, std::less<>> latest;
  const TopicPartition partition{topic, kOnlyPartition};
  const auto described = log.describe_topic(topic);
  if (!described) {
    if (described.error().code == ErrorCode::kNotFound) return latest;
    return std::unexpected(described.error());
  }
  DAYBOOK_TRY(const auto range, log.offsets(partition));
  if (range.begin == range.end) return latest;
  DAYBOOK_TRY(const auto reader, log.make_reader());
  DAYBOOK_TRY_VOID(reader->assign({{partition, range.begin}}));

  const auto deadline = std::chrono::steady_clock::now() + kReadTimeout;
  Position position = {{partition, range.begin}};
  for (const Offset& next = position.at(partition); next < range.end;) {
    DAYBOOK_TRY(const auto batch, reader->fetch(kFetchRecords, kFetchBytes, kFetchWait));
    advance(position, *batch);
    for (const auto& record : batch->records()) {
      if (!record.key) continue;
      if (record.value) {
        latest.insert_or_assign(std::string(*record.key), *record.value);
      } else if (const auto gone = latest.find(*record.key); gone != latest.end()) {
        latest.erase(gone);
      }
    }
    if (batch->records().empty() && std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorCode::kTimedOut, fmt::format("read {} only up to offset {} of {}", topic,
                                                    next.value, range.end.value));
    }
  }
  return latest;
}

Result<std::optional<std::string>> find_latest(LogClient& log, const std::string& topic,
                                               std::string_view key) {
  DAYBOOK_TRY(auto latest, find_all_latest(log, topic));
  const auto found = latest.find(key);
  if (found == latest.end()) return std::nullopt;
  return std::optional(std::move(found->second));
}

Status put_latest(LogClient& log, const std::string& topic, std::string_view key,
                  std::string_view value) {
  const auto created = log.create_topic({topic, 1, {{"cleanup.policy", "compact"}}});
  if (!created && created.error().code != ErrorCode::kAlreadyExists) {
    return fail(created.error(), fmt::format("cannot create topic '{}'", topic));
  }
  DAYBOOK_TRY(const auto writer, log.make_writer());
  OutgoingRecord record;
  record.topic = topic;
  record.partition = kOnlyPartition;
  record.key = key;
  record.value = value;
  DAYBOOK_TRY_VOID(writer->write(record));
  return writer->flush(kAcknowledgeTimeout);
}

}  // namespace daybook::client
