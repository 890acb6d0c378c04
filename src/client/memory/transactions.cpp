#include "client/memory/transactions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "client/memory/cursor.h"

namespace daybook::client::memory {
namespace {

class MemoryMemberReader final : public MemberReader {
 public:
  MemoryMemberReader(std::shared_ptr<Store> store, const GroupSpec& spec)
      : store_(std::move(store)), spec_(spec) {
    const std::lock_guard lock(store_->mutex);
    id_ = ++store_->last_member;
    auto& group = store_->groups[spec_.group];
    const auto older = spec_.instance.empty()
                           ? group.members.end()
                           : std::ranges::find(group.members, spec_.instance, &Member::instance);
    if (older == group.members.end()) {
      group.members.push_back({id_, spec_.instance});
    } else {
      older->id = id_;
    }
    ++group.generation;
  }
  ~MemoryMemberReader() override {
    const std::lock_guard lock(store_->mutex);
    auto& group = store_->groups[spec_.group];
    if (std::erase_if(group.members, [this](const Member& m) { return m.id == id_; }) == 0) return;
    ++group.generation;
    store_->changed.notify_all();
  }

  Result<std::unique_ptr<Batch>> fetch(std::size_t max_records, std::size_t max_bytes,
                                       milliseconds max_wait) override {
    const auto deadline = store_->deadline(max_wait);
    std::unique_lock lock(store_->mutex);
    while (true) {
      DAYBOOK_TRY_VOID(take_share());
      DAYBOOK_TRY(auto batch, cursor_.take(*store_, max_records, max_bytes));
      if (batch->has_any()) return batch;
      if (store_->changed.wait_until(lock, deadline) == std::cv_status::timeout) return batch;
    }
  }
  const Position& assigned() const override { return assigned_; }
  std::uint64_t assignments() const override { return assignments_; }

  // The store's mutex being held: the group, if it has not shared its partitions out since.
  Group* current_group() {
    auto& group = store_->groups[spec_.group];
    return group.generation == generation_ ? &group : nullptr;
  }
  const std::string& group() const { return spec_.group; }

 private:
  Status take_share() {
    const auto& group = store_->groups[spec_.group];
    const auto count = group.members.size();
    const auto me = std::ranges::find(group.members, id_, &Member::id);
    if (me == group.members.end()) {
      return fail(ErrorCode::kFenced, fmt::format("group '{}': instance '{}' has joined again",
                                                  spec_.group, spec_.instance));
    }
    const auto mine = static_cast<std::size_t>(me - group.members.begin());
    std::vector<TopicPartition> share;
    for (const auto& topic : spec_.topics) {
      const auto found = store_->topics.find(topic);
      if (found == store_->topics.end()) continue;
      for (auto i = mine; i < found->second.partitions.size(); i += count) {
        share.push_back({topic, PartitionId{static_cast<std::int32_t>(i)}});
      }
    }
    if (generation_ == group.generation && share.size() == assigned_.size()) return {};
    generation_ = group.generation;
    ++assignments_;
    assigned_.clear();
    for (const auto& partition : share) {
      const auto committed = group.committed.find(partition);
      assigned_[partition] = committed == group.committed.end() ? Offset{0} : committed->second;
    }
    cursor_.assign(assigned_);
    return {};
  }

  std::shared_ptr<Store> store_;
  GroupSpec spec_;
  std::uint64_t id_ = 0;
  std::uint64_t generation_ = 0;
  std::uint64_t assignments_ = 0;
  Position assigned_;
  Cursor cursor_;
};

class MemoryTransactionalWriter final : public TransactionalWriter {
 public:
  MemoryTransactionalWriter(std::shared_ptr<Store> store, std::string id)
      : store_(std::move(store)), id_(std::move(id)) {
    const std::lock_guard lock(store_->mutex);
    epoch_ = ++store_->writer_epochs[id_];
  }

  Status begin() override {
    if (is_open_) return fail(ErrorCode::kInvalid, "a transaction is open already");
    is_open_ = true;
    pending_.clear();
    return {};
  }

  Status write(const OutgoingRecord& record) override {
    if (!is_open_) return fail(ErrorCode::kInvalid, "no transaction is open");
    const std::lock_guard lock(store_->mutex);
    DAYBOOK_TRY_VOID(check_epoch());
    DAYBOOK_TRY(auto place, store_->place_of(record, unkeyed_));
    pending_.emplace_back(std::move(place), copy_of(record));
    return {};
  }

  Status commit(MemberReader& member, const Position& next) override {
    auto* ours = dynamic_cast<MemoryMemberReader*>(&member);
    DAYBOOK_CHECK(ours != nullptr, "a member of another kind of log");
    if (!is_open_) return fail(ErrorCode::kInvalid, "no transaction is open");
    const std::lock_guard lock(store_->mutex);
    DAYBOOK_TRY_VOID(check_epoch());
    auto* group = ours->current_group();
    if (group == nullptr) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("group '{}' has shared its partitions out anew", ours->group()));
    }
    for (auto& [place, record] : pending_) store_->append(place, std::move(record));
    for (const auto& [partition, offset] : next) group->committed[partition] = offset;
    is_open_ = false;
    store_->changed.notify_all();
    return {};
  }

  Status abort() override {
    is_open_ = false;
    return {};
  }

 private:
  Status check_epoch() const {
    if (store_->writer_epochs[id_] == epoch_) return {};
    return fail(ErrorCode::kFenced,
                fmt::format("transactional id '{}': a newer writer has taken over", id_));
  }

  std::shared_ptr<Store> store_;
  std::string id_;
  int epoch_ = 0;
  bool is_open_ = false;
  std::vector<std::pair<TopicPartition, StoredRecord>> pending_;
  std::int32_t unkeyed_ = 0;
};

class MemoryTransactions final : public Transactions {
 public:
  explicit MemoryTransactions(std::shared_ptr<Store> store) : store_(std::move(store)) {}

  Result<std::unique_ptr<MemberReader>> join(const GroupSpec& spec) override {
    return std::make_unique<MemoryMemberReader>(store_, spec);
  }
  Result<std::unique_ptr<TransactionalWriter>> make_writer(const std::string& id) override {
    return std::make_unique<MemoryTransactionalWriter>(store_, id);
  }

 private:
  std::shared_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<Transactions> make_transactions(std::shared_ptr<Store> store) {
  return std::make_unique<MemoryTransactions>(std::move(store));
}

}  // namespace daybook::client::memory
