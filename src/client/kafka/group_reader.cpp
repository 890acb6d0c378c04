#include "client/group_reader.h"

#include <set>

#include <fmt/format.h>

#include "client/kafka/batch.h"
#include "client/kafka/handle.h"

namespace daybook::client {
namespace {

using kafka::Freed;

using MessagePtr = std::unique_ptr<rd_kafka_message_t, Freed<rd_kafka_message_destroy>>;

std::optional<std::string> copy_of(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(data), size);
}

GroupRecord record_of(const rd_kafka_message_t& message) {
  GroupRecord record;
  record.source = {rd_kafka_topic_name(message.rkt), PartitionId{message.partition}};
  record.offset = Offset{message.offset};
  record.timestamp = TimestampMs{rd_kafka_message_timestamp(&message, nullptr)};
  record.key = copy_of(message.key, message.key_len);
  record.value = copy_of(message.payload, message.len);
  for (const auto& header : kafka::headers_of(message)) {
    record.headers.emplace_back(header.name, header.value);
  }
  return record;
}

class KafkaGroupReader final : public GroupReader {
 public:
  explicit KafkaGroupReader(std::string group) : group_(std::move(group)) {}
  ~KafkaGroupReader() override {
    if (handle_ != nullptr) rd_kafka_consumer_close(handle_.get());
  }

  Status open(kafka::ConfPtr conf, const std::vector<std::string>& topics) {
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalance);
    DAYBOOK_TRY(handle_, kafka::make_handle(RD_KAFKA_CONSUMER, std::move(conf)));
    rd_kafka_poll_set_consumer(handle_.get());
    const kafka::ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
    for (const std::string& topic : topics) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    }
    const auto error = rd_kafka_subscribe(handle_.get(), list.get());
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return kafka::kafka_fail(error, fmt::format("group '{}': cannot subscribe", group_));
  }

  Result<std::optional<GroupRecord>> next(milliseconds max_wait) override {
    const MessagePtr message(rd_kafka_consumer_poll(handle_.get(), kafka::timeout_ms(max_wait)));
    if (message == nullptr) return std::nullopt;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return record_of(*message);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      ended_.insert({rd_kafka_topic_name(message->rkt), PartitionId{message->partition}});
      return std::nullopt;
    }
    auto error = kafka::kafka_fail(message->err, fmt::format("group '{}'", group_),
                                   rd_kafka_message_errstr(message.get()));
    if (error.error().retriable()) return std::nullopt;  // the library mends it by itself
    return error;
  }

  std::optional<std::size_t> partitions() const override { return partitions_; }
  bool has_reached_end() const override {
    return partitions_ && *partitions_ > 0 && ended_.size() == *partitions_;
  }

  Status commit() override {
    const auto error = rd_kafka_commit(handle_.get(), nullptr, 0);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET) return {};
    return kafka::kafka_fail(error, fmt::format("group '{}': cannot commit offsets", group_));
  }

 private:
  static void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t error,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque) {
    auto& self = *static_cast<KafkaGroupReader*>(opaque);
    self.ended_.clear();
    self.partitions_.reset();
    if (error != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      rd_kafka_assign(handle, nullptr);
    } else if (rd_kafka_assign(handle, partitions) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      self.partitions_ = static_cast<std::size_t>(partitions->cnt);
    }
  }

  kafka::HandlePtr handle_;
  std::string group_;
  std::optional<std::size_t> partitions_;
  std::set<TopicPartition> ended_;
};

}  // namespace

Result<std::unique_ptr<GroupReader>> make_group_reader(const KafkaOptions& options,
                                                       const std::string& group,
                                                       const std::vector<std::string>& topics,
                                                       GroupStart start) {
  const kafka::Properties properties = {
      {"group.id", group},
      {"isolation.level", "read_committed"},
      {"enable.auto.commit", "false"},
      {"auto.offset.reset", start == GroupStart::kBeginning ? "earliest" : "latest"},
      {"check.crcs", "true"},
      {"enable.partition.eof", "true"},
      {"fetch.wait.max.ms", "100"},
  };
  DAYBOOK_TRY(auto conf, kafka::make_conf(options, properties));
  auto reader = std::make_unique<KafkaGroupReader>(group);
  DAYBOOK_TRY_VOID(reader->open(std::move(conf), topics));
  return reader;
}

}  // namespace daybook::client
