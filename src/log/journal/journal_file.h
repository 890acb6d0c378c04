// One preallocated file of the journal: it is made full of zeros, so that writing to it later
// changes bytes and nothing else, filled block by block, and emptied by a new header once every
// segment that it completes is durable.
//
// Owned by the Journal; one thread at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/journal/journal_format.h"

namespace daybook::log {

inline constexpr std::string_view kDamagedJournalSuffix = ".damaged";

// `<4 digits>.journal`, and whether a name has that form.
std::string journal_file_name(std::size_t number);
bool is_journal_file_name(std::string_view name);

class JournalFile {
 public:
  // Makes an empty one of `file_bytes`, durably: under another name until it is whole.
  static Result<JournalFile> create(io::FileSystem& fs, const std::string& folder,
                                    const std::string& name, std::uint64_t file_bytes,
                                    std::uint64_t first_sequence);
  // One that is there, with a valid header. It is to be emptied before anything is appended.
  static Result<JournalFile> open(io::FileSystem& fs, const std::string& folder,
                                  const std::string& name);

  // What is in it does not count any more, durably; blocks from `first_sequence` on will.
  Status empty(std::uint64_t first_sequence);
  bool has_room_for(std::size_t block_bytes) const { return block_bytes <= room_bytes(); }
  std::uint64_t room_bytes() const { return file_bytes_ - end_; }
  // A sealed block. Durable on success; after an error nothing is known.
  Status append(BytesView block);

  const std::string& path() const { return path_; }
  // Under which blocks are appended.
  const JournalFileHeader& header() const { return header_; }

 private:
  JournalFile(std::string path, std::unique_ptr<io::File> file, std::uint64_t file_bytes);

  std::string path_;
  std::unique_ptr<io::File> file_;
  std::uint64_t file_bytes_;
  std::uint64_t end_;  // of what was appended
  JournalFileHeader header_;
  std::size_t header_number_ = 0;  // which of the two it is
};

}  // namespace daybook::log
