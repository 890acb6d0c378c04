#include "client/kafka/batch.h"

namespace daybook::client::kafka {

std::vector<HeaderView> headers_of(const rd_kafka_message_t& message) {
  std::vector<HeaderView> result;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return result;
  }
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    HeaderView& header = result.emplace_back(HeaderView{name, std::nullopt});
    if (value != nullptr) header.value.emplace(static_cast<const char*>(value), size);
  }
  return result;
}

void MessageBatch::add(std::size_t source, rd_kafka_message_t* message) {
  RecordView& view = views_.emplace_back();
  view.source = source;
  view.offset = Offset{message->offset};
  view.timestamp = TimestampMs{rd_kafka_message_timestamp(message, nullptr)};
  if (message->key != nullptr) {
    view.key.emplace(static_cast<const char*>(message->key), message->key_len);
  }
  if (message->payload != nullptr) {
    view.value.emplace(static_cast<const char*>(message->payload), message->len);
  }
  // Asked here, where the message is at hand: most batches have none, and nobody looks again.
  rd_kafka_headers_t* headers = nullptr;
  has_headers_ =
      has_headers_ || rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR;
  messages_.push_back(message);
}

void MessageBatch::restart(Sources sources) {
  clear();
  sources_ = std::move(sources);
}

void MessageBatch::clear() {
  for (auto* message : messages_) rd_kafka_message_destroy(message);
  messages_.clear();
  views_.clear();
  ends_.clear();
  has_headers_ = false;
}

}  // namespace daybook::client::kafka
