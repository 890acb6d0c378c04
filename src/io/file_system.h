// The one door to the disk. Everything durable is written through a FileSystem, so that tests can
// run the same code over one that tears, loses what was not synced, and fails.
//
// What is durable: bytes, after File::sync() returned success; a name (created, renamed or
// removed), after sync_directory() of its folder returned success. A failed sync() leaves the file
// in an unknown state: the caller must not retry the sync and believe it.
//
// Threads: a File may be used by several threads if their byte ranges do not overlap; a FileSystem
// by any.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "io/patience.h"

namespace daybook::io {

enum class OpenMode : std::uint8_t {
  kRead,          // must exist
  kWrite,         // must exist; read and write
  kCreate,        // must not exist; read and write
  kOpenOrCreate,  // read and write
};

class File {
 public:
  virtual ~File() = default;

  // Reads up to into.size() bytes at `position`. Short only at the end of the file; 0 beyond it.
  virtual Result<std::size_t> read_at(std::uint64_t position, MutableBytes into) const = 0;
  // The same from memory alone: kTimedOut if the disk has a part in it. A file system that cannot
  // tell reads as above.
  virtual Result<std::size_t> read_in_memory(std::uint64_t position, MutableBytes into) const = 0;
  Result<std::size_t> read_at(std::uint64_t position, MutableBytes into, Patience patience) const {
    return patience == Patience::kDisk ? read_at(position, into) : read_in_memory(position, into);
  }
  // Writes all of `parts` one after the other at `position`, growing the file. After an error any
  // prefix may have been written. kNoSpace if the disk is full.
  virtual Status write_at(std::uint64_t position, std::span<const BytesView> parts) = 0;
  Status write_at(std::uint64_t position, BytesView bytes) {
    return write_at(position, std::span<const BytesView>(&bytes, 1));
  }
  // Sends up to `size_bytes` from `position` to a socket that does not block, without a copy where
  // the system can: how many bytes, 0 if the socket takes none now. kUnavailable if the other end
  // has gone (a signal SIGPIPE may come with it), kIo if they cannot be read or the file ends.
  virtual Result<std::size_t> send_to(int socket, std::uint64_t position,
                                      std::size_t size_bytes) const;
  // Whether reading these bytes now would take all of them from memory, as far as the system can
  // say: false if it cannot.
  virtual bool is_in_memory(std::uint64_t position, std::size_t size_bytes) const;
  // Content and size are durable on success (fdatasync).
  virtual Status sync() = 0;
  virtual Status truncate(std::uint64_t size_bytes) = 0;
  virtual Result<std::uint64_t> size() const = 0;
  // Reserves space so that later writes below `size_bytes` cannot run out of it; the file's size
  // grows to it, filled with zeros.
  virtual Status allocate(std::uint64_t size_bytes) = 0;
};

// Held while the process uses a folder; released by the destructor or the end of the process.
class FolderLock {
 public:
  virtual ~FolderLock() = default;
};

struct Entry {
  std::string name;  // without the folder
  bool is_folder = false;
};

// Of the disk that a folder is on.
struct DiskSpace {
  std::uint64_t total_bytes = 0;
  std::uint64_t usable_bytes = 0;  // by this process
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::vector<Entry>> list(const std::string& folder) = 0;  // ordered by name
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Status create_folders(const std::string& path) = 0;  // with its parents; durable
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status remove(const std::string& path) = 0;         // a file; kNotFound if absent
  virtual Status remove_folder(const std::string& path) = 0;  // with everything in it
  virtual Status sync_directory(const std::string& path) = 0;
  virtual Result<DiskSpace> space(const std::string& folder) = 0;
  // kUnavailable, naming the holder's process id if known, if another process holds it.
  virtual Result<std::unique_ptr<FolderLock>> lock_folder(const std::string& path) = 0;
};

// The real one. It has no state and lives as long as the process.
FileSystem& real_file_system();

}  // namespace daybook::io
