// After a crash every partition scans what follows its last checkpoint. How much that is in all
// must not grow with the number of partitions, or a server with many would be long in coming back:
// the budget counts it, and when all together have more than it allows, those with more than their
// share make a checkpoint at their next append. Who no longer appends keeps what it has, which was
// less than a share at that time.
//
// Invariant: the total is the sum of the shares. A share belongs to a partition and is changed by
// one thread at a time; the budget to all of them together, on any threads.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace daybook::log {

class ScanBudget {
 public:
  explicit ScanBudget(std::uint64_t max_bytes)
      : max_bytes_(max_bytes), least_bytes_(max_bytes / kMostCheckpoints) {}

  std::uint64_t total_bytes() const { return total_bytes_; }

  class Share;

 private:
  // A checkpoint costs some syncs: not more of them are made for as many bytes as the budget has.
  static constexpr std::uint64_t kMostCheckpoints = 2048;

  const std::uint64_t max_bytes_;
  const std::uint64_t least_bytes_;
  std::atomic<std::uint64_t> total_bytes_ = 0;
  std::atomic<std::uint64_t> holders_ = 0;  // whose share is not empty
};

// What one partition would have to scan.
class ScanBudget::Share {
 public:
  // Null: there is no bound.
  explicit Share(std::shared_ptr<ScanBudget> budget) : budget_(std::move(budget)) {}
  ~Share() { clear(); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  std::uint64_t bytes() const { return bytes_; }

  void add(std::uint64_t bytes) {
    if (budget_ && bytes > 0) {
      if (bytes_ == 0) ++budget_->holders_;
      budget_->total_bytes_ += bytes;
    }
    bytes_ += bytes;
  }

  void clear() {
    if (budget_ && bytes_ > 0) {
      --budget_->holders_;
      budget_->total_bytes_ -= bytes_;
    }
    bytes_ = 0;
  }

  // Whether it is this partition's turn to make a checkpoint.
  bool is_due() const {
    if (!budget_ || bytes_ < budget_->least_bytes_) return false;
    const std::uint64_t total = budget_->total_bytes_;
    return total > budget_->max_bytes_ && bytes_ * budget_->holders_ >= total;
  }

 private:
  std::shared_ptr<ScanBudget> budget_;
  std::uint64_t bytes_ = 0;
};

}  // namespace daybook::log
