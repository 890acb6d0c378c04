#include "views/life/held_log.h"

#include <algorithm>
#include <vector>

#include "client/forwarding_log.h"

namespace daybook::views {
namespace {

using std::chrono::milliseconds;

// A part of another batch.
class PartBatch final : public client::Batch {
 public:
  explicit PartBatch(std::shared_ptr<client::Batch> whole) : whole_(std::move(whole)) {}

  void take(std::size_t record) {
    records_.push_back(whole_->records()[record]);
    places_.push_back(record);
  }
  void end_at(client::PartitionEnd end) {
    const auto known = std::ranges::find(ends_, end.source, &client::PartitionEnd::source);
    if (known == ends_.end()) ends_.push_back(end);
  }
  const std::vector<client::TopicPartition>& sources() const override { return whole_->sources(); }
  const std::vector<client::RecordView>& records() const override { return records_; }
  std::vector<client::HeaderView> headers(std::size_t record) const override {
    return whole_->headers(places_[record]);
  }
  const std::vector<client::PartitionEnd>& ends() const override { return ends_; }

 private:
  std::shared_ptr<client::Batch> whole_;
  std::vector<client::RecordView> records_;
  std::vector<std::size_t> places_;
  std::vector<client::PartitionEnd> ends_;
};

class NoBatch final : public client::Batch {
 public:
  const std::vector<client::TopicPartition>& sources() const override { return sources_; }
  const std::vector<client::RecordView>& records() const override { return records_; }
  std::vector<client::HeaderView> headers(std::size_t) const override { return {}; }

 private:
  std::vector<client::TopicPartition> sources_;
  std::vector<client::RecordView> records_;
};

class HeldReader final : public client::Reader {
 public:
  HeldReader(std::unique_ptr<client::Reader> reader, Gate& gate)
      : reader_(std::move(reader)), gate_(gate) {}

  Status assign(const client::Position& start) override {
    next_ = start;
    is_narrowed_ = false;
    return reader_->assign(start);
  }

  Result<std::unique_ptr<client::Batch>> fetch(std::size_t max_records, std::size_t max_bytes,
                                               milliseconds max_wait) override {
    const auto leave = gate_.enter(max_wait);
    if (leave.is_frozen) return std::make_unique<NoBatch>();
    if (leave.limit) {
      DAYBOOK_TRY(const bool is_at_limit, narrow(*leave.limit));
      if (is_at_limit) {
        gate_.wait(max_wait);
        return std::make_unique<NoBatch>();
      }
    } else if (is_narrowed_) {
      DAYBOOK_TRY_VOID(reader_->assign(next_));
      is_narrowed_ = false;
    }
    DAYBOOK_TRY(auto fetched, reader_->fetch(max_records, max_bytes, max_wait));
    if (!leave.limit) {
      client::advance(next_, *fetched);
      return fetched;
    }
    return below(*leave.limit, std::move(fetched));
  }

 private:
  // Goes on reading only what is below the limit. True if nothing is.
  Result<bool> narrow(const client::Position& limit) {
    client::Position open;
    std::vector<client::TopicPartition> partitions;
    for (const auto& [partition, offset] : next_) {
      const auto end = limit.find(partition);
      if (end == limit.end() || offset >= end->second) continue;
      open[partition] = offset;
      partitions.push_back(partition);
    }
    if (open.empty()) return true;
    if (is_narrowed_ && !has_cut_ && partitions == narrowed_to_) return false;
    DAYBOOK_TRY_VOID(reader_->assign(open));
    is_narrowed_ = true;
    has_cut_ = false;
    narrowed_to_ = std::move(partitions);
    return false;
  }

  // What is cut off is fetched again later, and shows that there is nothing more below the limit.
  std::unique_ptr<client::Batch> below(const client::Position& limit,
                                       std::shared_ptr<client::Batch> fetched) {
    auto taken = std::make_unique<PartBatch>(fetched);
    for (std::size_t i = 0; i < fetched->records().size(); ++i) {
      const auto& record = fetched->records()[i];
      const auto end = limit.find(fetched->sources()[record.source]);
      if (end != limit.end() && record.offset < end->second) {
        taken->take(i);
        continue;
      }
      has_cut_ = true;
      if (end != limit.end()) taken->end_at({record.source, end->second});
    }
    for (const auto& found : fetched->ends()) {
      const auto end = limit.find(fetched->sources()[found.source]);
      if (end == limit.end()) continue;
      taken->end_at({found.source, std::min(found.offset, end->second)});
    }
    client::advance(next_, *taken);
    return taken;
  }

  std::unique_ptr<client::Reader> reader_;
  Gate& gate_;
  client::Position next_;  // of what has come out
  bool is_narrowed_ = false;
  bool has_cut_ = false;  // the reader is further than what has come out
  std::vector<client::TopicPartition> narrowed_to_;
};

class HeldLog final : public client::ForwardingLog {
 public:
  HeldLog(client::LogClient& log, Gate& gate) : ForwardingLog(log), gate_(gate) {}

  Result<std::unique_ptr<client::Reader>> make_reader() override {
    DAYBOOK_TRY(auto reader, ForwardingLog::make_reader());
    return std::make_unique<HeldReader>(std::move(reader), gate_);
  }

 private:
  Gate& gate_;
};

}  // namespace

void Gate::freeze() {
  const std::lock_guard lock(mutex_);
  leave_ = {true, std::nullopt};
  is_parked_ = false;
  ++turns_;
  changed_.notify_all();
}

void Gate::limit(client::Position position) {
  const std::lock_guard lock(mutex_);
  leave_ = {false, std::move(position)};
  ++turns_;
  changed_.notify_all();
}

void Gate::open() {
  const std::lock_guard lock(mutex_);
  leave_ = {};
  ++turns_;
  changed_.notify_all();
}

bool Gate::wait_until_parked(milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return is_parked_ || !leave_.is_frozen; });
  return is_parked_;
}

Gate::Leave Gate::enter(milliseconds wait) {
  std::unique_lock lock(mutex_);
  if (leave_.is_frozen) {
    is_parked_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, wait, [this] { return !leave_.is_frozen; });
  }
  return leave_;
}

void Gate::wait(milliseconds time) {
  std::unique_lock lock(mutex_);
  const int before = turns_;
  changed_.wait_for(lock, time, [&] { return turns_ != before; });
}

std::unique_ptr<client::LogClient> make_held_log(client::LogClient& log, Gate& gate) {
  return std::make_unique<HeldLog>(log, gate);
}

}  // namespace daybook::views
