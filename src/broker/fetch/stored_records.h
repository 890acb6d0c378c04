// Records of an answer that stay in their file until the client takes them: they were checked when
// they were found or before (log/partition.h), and go to the socket from the page cache.
//
// Each may be all that keeps its file open. So that slow clients do not use up what a process may
// have open, nothing further should stay in its file while there are kMaxFilesOfAnswers.
//
// Threads: may_hold_more() any; an object one at a time.

#pragma once

#include <atomic>
#include <utility>

#include "broker/limits.h"
#include "io/file_system.h"
#include "log/read_result.h"
#include "wire/encoded.h"

namespace daybook::broker {

class StoredRecords final : public wire::BytesElsewhere {
 public:
  explicit StoredRecords(log::FileRange range) : range_(std::move(range)) { ++held_; }
  ~StoredRecords() override { --held_; }
  StoredRecords(const StoredRecords&) = delete;
  StoredRecords& operator=(const StoredRecords&) = delete;

  static bool may_hold_more() { return held_ < kMaxFilesOfAnswers; }

  std::size_t size_bytes() const override { return range_.size_bytes; }
  Result<std::size_t> send_to(int socket, std::size_t from) const override {
    return range_.file->send_to(socket, range_.position + from, range_.size_bytes - from);
  }
  Result<Bytes> copy() const override {
    Bytes bytes(range_.size_bytes);
    DAYBOOK_TRY(const std::size_t n, range_.file->read_at(range_.position, bytes));
    if (n < bytes.size()) return fail(ErrorCode::kIo, "the file ends before what was found in it");
    return bytes;
  }

 private:
  static inline std::atomic<int> held_ = 0;  // in the process, as open files are counted
  log::FileRange range_;
};

}  // namespace daybook::broker
