#include "client/kafka/writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "client/kafka/producer.h"

namespace daybook::client::kafka {
namespace {

constexpr milliseconds kFlushSlice{100};  // after which it may give way to a stop

class KafkaWriter final : public Writer {
 public:
  explicit KafkaWriter(const KafkaOptions& options)
      : patience_(options.patience), producer_(options) {}

  Status open(const KafkaOptions& options) {
    return producer_.open(options,
                          {{"enable.gapless.guarantee", "true"}, {"message.timeout.ms", "0"}});
  }

  Status write(const OutgoingRecord& record) override { return producer_.write(record); }

  Status flush(milliseconds timeout) override {
    const auto deadline = patience_->deadline(timeout);
    auto error = RD_KAFKA_RESP_ERR__TIMED_OUT;
    do {
      const auto wait = std::min(kFlushSlice, patience_->until(deadline));
      error = rd_kafka_flush(producer_.handle(), timeout_ms(wait));
    } while (error == RD_KAFKA_RESP_ERR__TIMED_OUT && !patience_->is_over(deadline));
    DAYBOOK_TRY_VOID(producer_.poll(0));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_fail(error, fmt::format("{} records not acknowledged yet after {} ms",
                                           rd_kafka_outq_len(producer_.handle()), timeout.count()));
    }
    return {};
  }

 private:
  std::shared_ptr<const Patience> patience_;
  Producer producer_;
};

}  // namespace

Result<std::unique_ptr<Writer>> make_writer(const KafkaOptions& options) {
  auto writer = std::make_unique<KafkaWriter>(options);
  DAYBOOK_TRY_VOID(writer->open(options));
  return writer;
}

}  // namespace daybook::client::kafka
