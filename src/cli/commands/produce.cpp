// daybook produce.

#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/line_reader.h"
#include "cli/log_connection.h"
#include "cli/output.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds kFlushTimeout{30'000};

struct Arguments {
  std::string bootstrap = kDefaultBootstrap;
  bool json = false;
  std::string topic;
  std::optional<std::string> key;
  std::vector<std::string> values;
  std::string separator;
  std::vector<std::string> headers;
  std::optional<std::int32_t> partition;
  std::int32_t partitions = 1;
  bool empty_is_tombstone = false;
};

class Production {
 public:
  Production(const Arguments& arguments, client::Writer& writer)
      : arguments_(arguments), writer_(writer) {
    for (const std::string& header : arguments.headers) {
      const std::string_view text(header);
      const std::size_t equals = text.find('=');
      headers_.push_back({.name = text.substr(0, equals), .value = text.substr(equals + 1)});
    }
  }

  Status write(std::string_view line) {
    client::OutgoingRecord record{
        .topic = arguments_.topic, .partition = {}, .key = {}, .value = {}, .headers = headers_};
    if (arguments_.partition) record.partition = PartitionId{*arguments_.partition};
    if (arguments_.key) record.key = *arguments_.key;
    if (!arguments_.separator.empty()) {
      const std::size_t at = line.find(arguments_.separator);
      if (at == std::string_view::npos) {
        return fail(ErrorCode::kInvalid, "line " + std::to_string(written_ + 1) +
                                             " has no key: it does not contain \"" +
                                             arguments_.separator + "\"");
      }
      record.key = line.substr(0, at);
      line.remove_prefix(at + arguments_.separator.size());
    }
    const bool tombstone = arguments_.empty_is_tombstone && line.empty();
    if (!tombstone) record.value = line;
    DAYBOOK_TRY_VOID(writer_.write(record));
    ++written_;
    return {};
  }

  std::int64_t written() const { return written_; }

 private:
  const Arguments& arguments_;
  client::Writer& writer_;
  std::vector<client::HeaderView> headers_;
  std::int64_t written_ = 0;
};

// As a Kafka producer finds it, a topic is made when it is first written.
Result<client::TopicInfo> find_or_create(client::LogClient& log, const Arguments& arguments) {
  auto found = log.describe_topic(arguments.topic);
  if (found || found.error().code != ErrorCode::kNotFound) return found;
  const Status created =
      log.create_topic({.name = arguments.topic, .partitions = arguments.partitions, .config = {}});
  if (!created && created.error().code != ErrorCode::kAlreadyExists) {
    return std::unexpected(created.error());
  }
  return log.describe_topic(arguments.topic);
}

Status write_all(Production& production, const Arguments& arguments, Interrupt& interrupt) {
  if (!arguments.values.empty()) {
    for (const std::string& value : arguments.values) DAYBOOK_TRY_VOID(production.write(value));
    return {};
  }
  LineReader lines(STDIN_FILENO, interrupt.token());
  while (true) {
    DAYBOOK_TRY(const auto line, lines.next());
    if (!line) return {};
    DAYBOOK_TRY_VOID(production.write(*line));
  }
}

// Where the topic's partitions end now, of those that have anything.
Status report_written(client::LogClient& log, const Arguments& arguments,
                      const client::TopicInfo& topic, std::int64_t written) {
  Json ends = Json::array();
  std::string text;
  DAYBOOK_TRY(const auto ranges, log.offsets_of(partitions_of(topic)));
  for (const auto& [partition, range] : ranges) {
    const auto i = partition.partition.value;
    ends.push_back({{"partition", i}, {"end", range.end.value}});
    if (range.end.value == 0) continue;
    text +=
        (text.empty() ? "" : ", ") + std::to_string(i) + " at " + std::to_string(range.end.value);
  }
  if (arguments.json) {
    write_line(Json({{"topic", topic.name}, {"written", written}, {"partitions", ends}}).dump());
  } else {
    std::fprintf(stderr, "wrote %s to %s; its partitions now end: %s\n",
                 counted(written, "event").c_str(), topic.name.c_str(),
                 text.empty() ? "0" : text.c_str());
  }
  return {};
}

Status produce(client::LogClient& log, const Arguments& arguments, Interrupt& interrupt) {
  DAYBOOK_TRY(const auto topic, find_or_create(log, arguments));
  DAYBOOK_TRY(const auto writer, log.make_writer());
  Production production(arguments, *writer);
  const Status all = write_all(production, arguments, interrupt);
  // What was read before a bad line or Ctrl-C is written all the same, and counted.
  DAYBOOK_TRY_VOID(writer->flush(kFlushTimeout));
  DAYBOOK_TRY_VOID(report_written(log, arguments, topic, production.written()));
  return all;
}

int produce_with_log(const Arguments& arguments, Interrupt& interrupt) {
  const auto log = connect_log(arguments.bootstrap);
  if (!log) return print_failure(log.error());
  const Status done = produce(**log, arguments, interrupt);
  if (done) return kDone;
  if (done.error().code == ErrorCode::kCancelled) return kInterrupted;
  return print_failure(done.error());
}

std::string check_header(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) return "";
  return "\"" + text + "\" must be NAME=VALUE";
}

}  // namespace

void add_produce_command(Command app, Interrupt& interrupt) {
  auto arguments = std::make_shared<Arguments>();
  Command command =
      app.add_command("produce", "write events to a topic: one per line of the input");
  command.footer(
      "Examples:\n"
      "  echo hello | daybook produce greetings\n"
      "  daybook produce greetings --key anna --value hello\n"
      "  daybook produce orders -K: < orders.txt          lines such as  42:{\"total\": 3}\n"
      "\n"
      "It returns when the log has acknowledged every event: with the default durability, when\n"
      "they are on disk. A topic that does not exist is created.");
  command.add_option("TOPIC", arguments->topic, "the topic").required();
  const Option key = command.add_option("-k,--key", arguments->key, "key of every event");
  command
      .add_option("-v,--value", arguments->values, "an event instead of the input; may be repeated")
      .repeatable();
  command
      .add_option("-K,--key-separator", arguments->separator, "each line is KEY, this text, VALUE")
      .type_name("TEXT")
      .excludes(key);
  command.add_option("-H,--header", arguments->headers, "header of every event; may be repeated")
      .type_name("NAME=VALUE")
      .repeatable()
      .check(check_header);
  command
      .add_option("-p,--partition", arguments->partition,
                  "the partition, instead of the one that the key gives")
      .not_negative();
  command.add_option("--partitions", arguments->partitions, "of a topic that is created")
      .in_range(1, 10'000)
      .show_default();
  command.add_flag("-Z,--tombstones", arguments->empty_is_tombstone,
                   "an empty value is a tombstone");
  add_bootstrap(command, arguments->bootstrap);
  command.add_flag("--json", arguments->json, "print the report as JSON");
  command.does([&interrupt, arguments] { return produce_with_log(*arguments, interrupt); });
}

}  // namespace daybook::cli
