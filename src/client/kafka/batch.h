// A Batch that is the library's own messages: nothing is copied. It keeps the client that they came
// from. One thread.

#pragma once

#include <memory>
#include <vector>

#include "client/kafka/handle.h"
#include "client/log_client.h"

namespace daybook::client::kafka {

using Sources = std::shared_ptr<const std::vector<TopicPartition>>;

// As long as the message is there.
std::vector<HeaderView> headers_of(const rd_kafka_message_t& message);

class MessageBatch final : public Batch {
 public:
  MessageBatch(HandlePtr handle, Sources sources)
      : handle_(std::move(handle)), sources_(std::move(sources)) {}
  ~MessageBatch() override { clear(); }
  MessageBatch(const MessageBatch&) = delete;
  MessageBatch& operator=(const MessageBatch&) = delete;

  const std::vector<TopicPartition>& sources() const override { return *sources_; }
  const std::vector<RecordView>& records() const override { return views_; }
  std::vector<HeaderView> headers(std::size_t record) const override {
    return has_headers_ ? headers_of(*messages_.at(record)) : std::vector<HeaderView>();
  }
  const std::vector<PartitionEnd>& ends() const override { return ends_; }

  // Takes the message, which has no error.
  void add(std::size_t source, rd_kafka_message_t* message);
  void add_end(PartitionEnd end) { ends_.push_back(end); }
  // Drops all messages; those that follow are of `sources`.
  void restart(Sources sources);

 private:
  void clear();

  HandlePtr handle_;
  Sources sources_;
  std::vector<rd_kafka_message_t*> messages_;
  std::vector<RecordView> views_;
  std::vector<PartitionEnd> ends_;
  bool has_headers_ = false;  // one of the messages
};

}  // namespace daybook::client::kafka
