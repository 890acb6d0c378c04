#include "client/kafka_client.h"

#include "client/kafka/admin.h"
#include "client/kafka/handle.h"
#include "client/kafka/member_reader.h"
#include "client/kafka/reader.h"
#include "client/kafka/transactional_writer.h"
#include "client/kafka/writer.h"

namespace daybook::client {
namespace {

class KafkaClient final : public LogClient {
 public:
  KafkaClient(KafkaOptions options, kafka::HandlePtr handle)
      : options_(std::move(options)),
        admin_(std::move(handle), options_.request_timeout, options_.patience) {}

  Result<std::unique_ptr<Reader>> make_reader() override { return kafka::make_reader(options_); }
  Result<std::unique_ptr<Writer>> make_writer() override { return kafka::make_writer(options_); }

  Result<std::vector<TopicInfo>> list_topics() override { return admin_.list_topics(); }
  Status reach(milliseconds limit) override { return admin_.reach(limit); }
  Result<TopicInfo> describe_topic(const std::string& name) override {
    return admin_.describe_topic(name);
  }
  Status create_topic(const TopicSpec& spec) override { return admin_.create_topic(spec); }
  Status delete_topic(const std::string& name) override { return admin_.delete_topic(name); }
  Status configure_topic(const std::string& name, const TopicChange& change) override {
    return admin_.configure_topic(name, change);
  }
  Result<std::map<std::string, std::string>> topic_config(const std::string& name) override {
    return admin_.topic_config(name);
  }
  Result<OffsetRanges> offsets_of(const std::vector<TopicPartition>& partitions) override {
    return admin_.offsets_of(partitions);
  }
  Result<Offset> offset_at(const TopicPartition& partition, TimestampMs time) override {
    return admin_.offset_at(partition, time);
  }

 private:
  KafkaOptions options_;
  kafka::Admin admin_;
};

class KafkaTransactions final : public Transactions {
 public:
  explicit KafkaTransactions(KafkaOptions options) : options_(std::move(options)) {}

  Result<std::unique_ptr<MemberReader>> join(const GroupSpec& spec) override {
    return kafka::join_group(options_, spec);
  }
  Result<std::unique_ptr<TransactionalWriter>> make_writer(const std::string& id) override {
    return kafka::make_transactional_writer(options_, id);
  }

 private:
  KafkaOptions options_;
};

}  // namespace

std::unique_ptr<Transactions> make_kafka_transactions(const KafkaOptions& options) {
  return std::make_unique<KafkaTransactions>(options);
}

Result<std::unique_ptr<LogClient>> make_kafka_client(const KafkaOptions& options) {
  DAYBOOK_TRY(auto conf, kafka::make_conf(options, {}));
  DAYBOOK_TRY(auto handle, kafka::make_handle(RD_KAFKA_CONSUMER, std::move(conf)));
  if (options.connect_timeout) {
    DAYBOOK_TRY_VOID(kafka::reach(*handle, *options.connect_timeout));
  }
  return std::make_unique<KafkaClient>(options, std::move(handle));
}

}  // namespace daybook::client
