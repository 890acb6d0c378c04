#include "client/kafka/writer.h"

#include <fmt/format.h>

#include "client/kafka/producer.h"

namespace daybook::client::kafka {
namespace {

class KafkaWriter final : public Writer {
 public:
  explicit KafkaWriter(milliseconds write_timeout) : producer_(write_timeout) {}

  Status open(const KafkaOptions& options) {
    return producer_.open(options,
                          {{"enable.gapless.guarantee", "true"}, {"message.timeout.ms", "0"}});
  }

  Status write(const OutgoingRecord& record) override { return producer_.write(record); }

  Status flush(milliseconds timeout) override {
    const auto error = rd_kafka_flush(producer_.handle(), timeout_ms(timeout));
    DAYBOOK_TRY_VOID(producer_.poll(0));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_fail(error, fmt::format("{} records not acknowledged yet after {} ms",
                                           rd_kafka_outq_len(producer_.handle()), timeout.count()));
    }
    return {};
  }

 private:
  Producer producer_;
};

}  // namespace

Result<std::unique_ptr<Writer>> make_writer(const KafkaOptions& options) {
  auto writer = std::make_unique<KafkaWriter>(options.write_timeout);
  DAYBOOK_TRY_VOID(writer->open(options));
  return writer;
}

}  // namespace daybook::client::kafka
