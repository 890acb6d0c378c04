#include "client/kafka/handle.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>

#include <fmt/format.h>

#include "base/report.h"

namespace daybook::client::kafka {
namespace {

constexpr std::size_t kErrorTextBytes = 512;
constexpr milliseconds kReportInterval{10'000};
constexpr int kSyslogError = 3;

// The library tells of every failed attempt to connect: one line every ten seconds is enough.
void report_log(const rd_kafka_t*, int level, const char*, const char* text) {
  if (level > kSyslogError) return;
  static std::atomic<std::int64_t> next_report_ms{0};
  const auto now =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count();
  auto due = next_report_ms.load();
  if (now < due || !next_report_ms.compare_exchange_strong(due, now + kReportInterval.count())) {
    return;
  }
  report(Severity::kWarning, "client", text);
}

Status set(rd_kafka_conf_t& conf, std::string_view name, const std::string& value) {
  std::array<char, kErrorTextBytes> reason{};
  const std::string key(name);
  if (rd_kafka_conf_set(&conf, key.c_str(), value.c_str(), reason.data(), reason.size()) !=
      RD_KAFKA_CONF_OK) {
    return fail(ErrorCode::kInvalid, fmt::format("Kafka client: {}", reason.data()));
  }
  return {};
}

}  // namespace

Result<ConfPtr> make_conf(const KafkaOptions& options, const Properties& properties) {
  if (options.bootstrap.empty()) {
    return fail(ErrorCode::kInvalid, "Kafka client: no address; give host:port[,host:port]...");
  }
  ConfPtr conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), report_log);
  const Properties common = {
      {"bootstrap.servers", options.bootstrap}, {"client.id", options.client_id},
      {"broker.address.family", "any"},         {"log.connection.close", "false"},
      {"socket.nagle.disable", "true"},         {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "1000"},     {"allow.auto.create.topics", "false"},
  };
  for (const auto& [name, value] : common) DAYBOOK_TRY_VOID(set(*conf, name, value));
  for (const auto& [name, value] : properties) DAYBOOK_TRY_VOID(set(*conf, name, value));
  for (const auto& [name, value] : options.properties) DAYBOOK_TRY_VOID(set(*conf, name, value));
  return conf;
}

Result<HandlePtr> make_handle(rd_kafka_type_t type, ConfPtr conf) {
  std::array<char, kErrorTextBytes> reason{};
  rd_kafka_t* handle = rd_kafka_new(type, conf.get(), reason.data(), reason.size());
  if (handle == nullptr) {
    return fail(ErrorCode::kInvalid, fmt::format("Kafka client: {}", reason.data()));
  }
  conf.release();  // NOLINT(bugprone-unused-return-value): the handle owns it now
  return HandlePtr(handle, rd_kafka_destroy);
}

ErrorCode code_of(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return ErrorCode::kNotFound;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return ErrorCode::kAlreadyExists;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__DESTROY:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
      return ErrorCode::kUnavailable;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      return ErrorCode::kTimedOut;
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
      return ErrorCode::kFenced;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
      return ErrorCode::kCorrupt;
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
      return ErrorCode::kUnsupported;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE:
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
      return ErrorCode::kOutcomeUnknown;
    default:
      return ErrorCode::kInvalid;
  }
}

std::unexpected<Error> kafka_fail(rd_kafka_resp_err_t error, std::string_view what) {
  return kafka_fail(error, what, rd_kafka_err2str(error));
}

std::unexpected<Error> kafka_fail(rd_kafka_resp_err_t error, std::string_view what,
                                  std::string_view detail) {
  return fail(code_of(error), fmt::format("{}: {} ({})", what, detail, rd_kafka_err2name(error)));
}

int timeout_ms(milliseconds timeout) {
  return static_cast<int>(
      std::clamp<std::int64_t>(timeout.count(), 0, std::numeric_limits<int>::max()));
}

}  // namespace daybook::client::kafka
