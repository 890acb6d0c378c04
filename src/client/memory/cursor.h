// Where a reader of the log in memory is, and the batches that it takes from there. One thread.

#pragma once

#include <memory>
#include <vector>

#include "client/log_client.h"
#include "client/memory/store.h"

namespace daybook::client::memory {

class MemoryBatch final : public Batch {
 public:
  explicit MemoryBatch(std::vector<TopicPartition> sources) : sources_(std::move(sources)) {}

  const std::vector<TopicPartition>& sources() const override { return sources_; }
  const std::vector<RecordView>& records() const override { return views_; }
  std::vector<HeaderView> headers(std::size_t record) const override;
  const std::vector<PartitionEnd>& ends() const override { return ends_; }
  bool has_any() const { return !views_.empty() || !ends_.empty(); }

  void add(std::size_t source, Offset offset, RecordPtr record);
  void add_end(PartitionEnd end) { ends_.push_back(end); }

 private:
  std::vector<TopicPartition> sources_;
  std::vector<RecordPtr> stored_;
  std::vector<RecordView> views_;
  std::vector<PartitionEnd> ends_;
};

class Cursor {
 public:
  void assign(const Position& start);
  // What is there now, the store's mutex being held. Starts with another partition each time, so
  // that none starves.
  Result<std::unique_ptr<MemoryBatch>> take(Store& store, std::size_t max_records,
                                            std::size_t max_bytes);

 private:
  Status take_into(MemoryBatch& batch, Store& store, std::size_t max_records,
                   std::size_t max_bytes);

  std::vector<TopicPartition> sources_;
  std::vector<Offset> next_;
  std::size_t first_ = 0;
};

}  // namespace daybook::client::memory
