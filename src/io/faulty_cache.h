// What FaultyFileSystem says of the page cache: everything is in memory, or nothing is; and a disk
// that is slow beyond measure, whose reads wait until the test lets them go on.
//
// Threads: any.

#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

namespace daybook::io {

class FaultyCache {
 public:
  void keep(bool everything);
  bool keeps_everything() const;

  // Of files whose path has `part` in it.
  void hold_reads(const std::string& part);
  void release_reads();
  int held_reads() const;  // that wait now
  // As part of a read of this file from the disk.
  void wait_for_disk(const std::string& path);

 private:
  mutable std::mutex mutex_;
  std::condition_variable moves_;
  bool everything_ = false;
  std::optional<std::string> held_;
  int waiting_ = 0;
};

}  // namespace daybook::io
