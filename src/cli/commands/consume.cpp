// daybook consume.

#include <chrono>
#include <memory>

#include "cli/commands.h"
#include "cli/event_printer.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/log_connection.h"
#include "cli/output.h"
#include "cli/start_point.h"
#include "client/group_reader.h"
#include "io/clock.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kBatchRecords = 1'000;
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::chrono::milliseconds kWait{100};
// With -e, a member that the group gives no partition waits this long for one.
constexpr std::chrono::milliseconds kNoShareWait{3'000};
constexpr std::int64_t kCommitEvery = 1'000;

struct Arguments {
  std::string bootstrap = kDefaultBootstrap;
  bool json = false;
  std::string topic;
  std::string from = "beginning";
  std::string group;
  std::optional<std::int32_t> partition;
  std::int64_t max = 0;  // 0: no limit
  bool exit_at_end = false;
  std::string separator;
};

// What ends the reading, whatever it reads from.
class Limit {
 public:
  Limit(std::int64_t max, const Interrupt& interrupt) : max_(max), interrupt_(interrupt) {}
  bool reached() const { return output_gone_ || interrupt_.requested() || enough(); }
  bool interrupted() const { return !enough() && !output_gone_ && interrupt_.requested(); }
  void count(bool printed) {
    ++printed_;
    output_gone_ = !printed || output_gone_;
  }
  std::int64_t printed() const { return printed_; }
  // False, now and ever after, if something that was printed did not get out.
  bool flush() {
    output_gone_ = !flush_output() || output_gone_;
    return !output_gone_;
  }

 private:
  bool enough() const { return max_ > 0 && printed_ >= max_; }

  std::int64_t max_;
  const Interrupt& interrupt_;
  std::int64_t printed_ = 0;
  bool output_gone_ = false;
};

struct Span {
  client::Position start;
  client::Position end;  // of the log when reading began
};

Result<Offset> starting_offset(client::LogClient& log, const client::TopicPartition& partition,
                               const StartPoint& from, const client::OffsetRange& range) {
  if (std::holds_alternative<FromBeginning>(from)) return range.begin;
  if (std::holds_alternative<FromEnd>(from)) return range.end;
  if (const auto* offset = std::get_if<Offset>(&from)) {
    if (*offset >= range.begin && *offset <= range.end) return *offset;
    return fail(ErrorCode::kInvalid,
                "partition " + std::to_string(partition.partition.value) + " of " +
                    partition.topic + " has offsets from " + std::to_string(range.begin.value) +
                    " to " + std::to_string(range.end.value) + ", not " +
                    std::to_string(offset->value) + "; one partition is chosen with --partition");
  }
  return log.offset_at(partition, std::get<TimestampMs>(from));
}

Result<Span> find_span(client::LogClient& log, const Arguments& arguments, const StartPoint& from) {
  DAYBOOK_TRY(const auto topic, log.describe_topic(arguments.topic));
  if (arguments.partition && *arguments.partition >= topic.partitions) {
    return fail(ErrorCode::kInvalid, arguments.topic + " has " +
                                         counted(topic.partitions, "partition") +
                                         ", counted from 0: there is no partition " +
                                         std::to_string(*arguments.partition));
  }
  Span span;
  auto partitions = partitions_of(topic);
  if (arguments.partition) partitions = {{topic.name, PartitionId{*arguments.partition}}};
  DAYBOOK_TRY(const auto ranges, log.offsets_of(partitions));
  for (const auto& [partition, range] : ranges) {
    DAYBOOK_TRY(const Offset start, starting_offset(log, partition, from, range));
    span.start[partition] = start;
    span.end[partition] = range.end;
  }
  return span;
}

Event event_of(const client::Batch& batch, std::size_t index) {
  const client::RecordView& record = batch.records()[index];
  const client::TopicPartition& source = batch.sources()[record.source];
  Event event{.topic = source.topic,
              .partition = source.partition,
              .offset = record.offset,
              .timestamp = record.timestamp,
              .key = record.key,
              .value = record.value,
              .headers = {}};
  for (const auto& header : batch.headers(index)) {
    event.headers.emplace_back(header.name, header.value);
  }
  return event;
}

bool at_end(const client::Position& position, const client::Position& end) {
  for (const auto& [partition, offset] : end) {
    if (position.at(partition) < offset) return false;
  }
  return true;
}

Status read_partitions(client::LogClient& log, const Arguments& arguments, const StartPoint& from,
                       Limit& limit) {
  DAYBOOK_TRY(Span span, find_span(log, arguments, from));
  DAYBOOK_TRY(const auto reader, log.make_reader());
  DAYBOOK_TRY_VOID(reader->assign(span.start));
  const EventPrinter printer(arguments.json, arguments.separator);
  client::Position position = span.start;
  while (!limit.reached()) {
    if (arguments.exit_at_end && at_end(position, span.end)) return {};
    DAYBOOK_TRY(const auto batch, reader->fetch(kBatchRecords, kBatchBytes, kWait));
    client::advance(position, *batch);
    for (std::size_t i = 0; i < batch->records().size() && !limit.reached(); ++i) {
      const Event event = event_of(*batch, i);
      const client::TopicPartition source{std::string(event.topic), event.partition};
      // With -e, what came after the start is not waited for and not shown.
      if (arguments.exit_at_end && event.offset >= span.end[source]) continue;
      limit.count(printer.print(event));
    }
    limit.flush();
  }
  return {};
}

Status read_as_group(const Arguments& arguments, Limit& limit) {
  client::KafkaOptions options;
  options.bootstrap = arguments.bootstrap;
  options.client_id = "daybook-cli";
  const auto start =
      arguments.from == "end" ? client::GroupStart::kEnd : client::GroupStart::kBeginning;
  DAYBOOK_TRY(const auto reader,
              client::make_group_reader(options, arguments.group, {arguments.topic}, start));
  const EventPrinter printer(arguments.json, arguments.separator);
  std::int64_t committed = 0;
  const auto commit_printed = [&]() -> Status {
    if (!limit.flush() || limit.printed() == committed) return {};
    DAYBOOK_TRY_VOID(reader->commit());
    committed = limit.printed();
    return {};
  };
  auto had_share = std::chrono::steady_clock::now();
  while (!limit.reached()) {
    DAYBOOK_TRY(const auto record, reader->next(kWait));
    const auto now = std::chrono::steady_clock::now();
    if (reader->partitions() != 0U) had_share = now;
    if (!record) {
      DAYBOOK_TRY_VOID(commit_printed());
      const bool is_over = reader->has_reached_end() || now - had_share > kNoShareWait;
      if (arguments.exit_at_end && is_over) return {};
      continue;
    }
    Event event{.topic = record->source.topic,
                .partition = record->source.partition,
                .offset = record->offset,
                .timestamp = record->timestamp,
                .key = record->key,
                .value = record->value,
                .headers = {}};
    for (const auto& [name, value] : record->headers) event.headers.emplace_back(name, value);
    limit.count(printer.print(event));
    if (limit.printed() - committed >= kCommitEvery) DAYBOOK_TRY_VOID(commit_printed());
  }
  return commit_printed();
}

int consume(const Arguments& arguments, const Interrupt& interrupt) {
  const auto from = parse_start_point(arguments.from, io::real_clock().wall());
  if (!from) {
    print_failure(from.error());
    return kWrongUsage;
  }
  const auto log = connect_log(arguments.bootstrap);
  if (!log) return print_failure(log.error());
  Limit limit(arguments.max, interrupt);
  Status done;
  if (arguments.group.empty()) {
    done = read_partitions(**log, arguments, *from, limit);
  } else {
    // Asked first: joining a group would wait for a log or a topic that is not there.
    const auto topic = (*log)->describe_topic(arguments.topic);
    done = topic ? read_as_group(arguments, limit) : Status(std::unexpected(topic.error()));
  }
  if (!done) return print_failure(done.error());
  if (!limit.flush()) return kFailed;
  return limit.interrupted() ? kInterrupted : kDone;
}

std::string check_from(const std::string& text) {
  const auto parsed = parse_start_point(text, io::real_clock().wall());
  return parsed ? "" : parsed.error().message;
}

}  // namespace

void add_consume_command(Command app, Interrupt& interrupt) {
  auto arguments = std::make_shared<Arguments>();
  Command command = app.add_command("consume", "read the events of a topic");
  command.footer(
      "Examples:\n"
      "  daybook consume greetings                       from the beginning, then wait for more\n"
      "  daybook consume orders --from -15m -e --json    of the last 15 minutes, then stop\n"
      "  daybook consume orders --from 2026-11-23T09:00 --max 10\n"
      "  daybook consume orders --group billing          go on where the group has got to\n"
      "\n"
      "Ctrl-C stops it, with exit status 130.");
  command.add_option("TOPIC", arguments->topic, "the topic").required();
  command
      .add_option("--from", arguments->from,
                  "beginning, end, an offset, a time (UTC) or how long ago")
      .check(check_from)
      .show_default();
  const Option partition =
      command.add_option("-p,--partition", arguments->partition, "only this partition")
          .not_negative();
  command
      .add_option("--group", arguments->group,
                  "as a member of this consumer group, which remembers what was read; --from "
                  "beginning or end says where it starts the first time")
      .excludes(partition);
  command.add_option("-n,--max", arguments->max, "stop after so many events").positive();
  command.add_flag(
      "-e,--exit-at-end", arguments->exit_at_end,
      "stop at what is the end when reading begins; with --group, when the end of each "
      "of its partitions was reached");
  command.add_option("-K,--key-separator", arguments->separator,
                     "print the key and this text before each value");
  add_bootstrap(command, arguments->bootstrap);
  command.add_flag("--json", arguments->json, "a JSON object per event, with everything");
  command.does([&interrupt, arguments] { return consume(*arguments, interrupt); },
               [arguments]() -> std::string {
                 const std::string& from = arguments->from;
                 if (arguments->group.empty() || from == "beginning" || from == "end") return "";
                 return "--from: with --group it can only be beginning or end";
               });
}

}  // namespace daybook::cli
