// A file system in memory that behaves as badly as a disk is allowed to. For tests.
//
// The fault model. What a caller reads back is always what it wrote, until the power fails. When
// crash() is called, or after the operation that crash_after() counts down to:
//   - every byte that was synced is there;
//   - of the writes that were not, any subset survives, in units of kSectorBytes: a write may be
//     torn, and a later write may survive an earlier one;
//   - the size of a file with unsynced writes is any that those writes could have given it; where
//     it grew and the data did not survive, there are zeros;
//   - an unsynced truncate has happened or not;
//   - a name that was created, renamed or removed, and whose folder was not synced since, is as
//     before or as after, each by itself, whatever came first; a rename happens as a whole;
//   - a folder that was removed may still be there, with any part of what was in it;
//   - files and locks that were open are dead: every operation fails with kIo.
// Until power_on() everything fails with kIo. Now and then a call reads or writes only a part of
// what it was asked for, and is made again for the rest (io/whole.h), as with the real one. That
// power or space ends in between is the torn write. Injected faults, each once:
//   - a read or a sync fails with kIo. What a failed sync covered stays readable, but any part
//     of it is gone after a crash, whatever later syncs say: a kernel marks failed pages clean;
//   - a write stores any prefix of its bytes and fails with kIo;
//   - a change of names (or the sync of a folder) fails with kIo, and nothing is changed.
// Besides, space can be limited: a write beyond it stores what fits and fails with kNoSpace.
// Nothing counts as being in memory, unless keep_in_memory() says that everything does. Reads of a
// disk that is slow beyond measure: hold_reads().
// Not modelled: bytes that rot while they are stored (a test writes over them), and sectors that
// tear inside.
//
// The same seed and the same calls give the same outcome. Threads: any.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "io/faulty_cache.h"
#include "io/file_system.h"

namespace daybook::io {

inline constexpr std::size_t kSectorBytes = 512;

class FaultyFileSystem final : public FileSystem {
 public:
  enum class Operation : std::uint8_t { kRead, kWrite, kSync, kName };
  struct State;

  explicit FaultyFileSystem(std::uint64_t seed);
  ~FaultyFileSystem() override;

  // The power fails now; or during the n-th operation from now that changes something (write,
  // truncate, sync, name): that one may have happened in part. 1 is the next one.
  void crash();
  void crash_after(std::uint64_t changes);
  bool powered() const;
  // The disk as the crash left it becomes usable; a crash that has not happened yet is off.
  void power_on();

  // The n-th such operation from now on files whose path has `part` in it fails. 1 is the next one.
  void fail_after(Operation operation, std::uint64_t calls, const std::string& part = "");
  // No faults and no limit from now on.
  void heal();
  // All files together hold at most this many bytes.
  void limit_space(std::uint64_t total_bytes);

  // What File::is_in_memory() answers from now on.
  void keep_in_memory(bool everything) { cache_->keep(everything); }
  // Reads of files whose path has `part` in it wait for the disk until release_reads().
  void hold_reads(const std::string& part) { cache_->hold_reads(part); }
  void release_reads() { cache_->release_reads(); }
  int held_reads() const { return cache_->held_reads(); }  // that wait now

  std::uint64_t changes() const;      // how many were made: what crash_after() counts
  std::uint64_t short_calls() const;  // how many did only a part of what they were asked for

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::vector<Entry>> list(const std::string& folder) override;
  Result<bool> exists(const std::string& path) override;
  Status create_folders(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status remove_folder(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<DiskSpace> space(const std::string& folder) override;
  Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) override;

 private:
  // Both are shared with the open files, which may outlive this.
  std::shared_ptr<FaultyCache> cache_ = std::make_shared<FaultyCache>();
  std::shared_ptr<State> state_;
};

}  // namespace daybook::io
