#include "log/journal/journal_contents.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/journal/journal_file.h"
#include "log/journal/journal_format.h"

namespace daybook::log {
namespace {

// The blocks of one file, as far as they count.
struct FileContents {
  struct Range {
    std::string partition;
    JournaledRange range;
  };
  std::uint64_t first_sequence = 0;  // of the first block; 0: there is none
  std::uint64_t next_sequence = 0;
  std::vector<Range> ranges;
  std::string note;
  bool damaged = false;
};

class FileReader {
 public:
  FileReader(std::string path, std::shared_ptr<const io::File> file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Result<FileContents> read();

 private:
  // The block at `at`, whole; nothing if there is none.
  Result<std::optional<JournalBlockHeader>> block_at(std::uint64_t at);
  void take(const JournalBlockHeader& block, std::uint64_t at);
  Status check_newer_header();
  void damaged(std::uint64_t at, std::string_view found);

  std::string path_;
  std::shared_ptr<const io::File> file_;
  JournalFileHeader header_;
  Bytes bytes_;  // of the block at hand
  FileContents found_;
};

void FileReader::damaged(std::uint64_t at, std::string_view found) {
  found_.damaged = true;
  if (!found_.note.empty()) return;
  found_.note = fmt::format(
      "the journal file {} is damaged at byte {}: found {}; what else it holds is used, and no "
      "segment is shortened because of it; the file is kept under the name {}{}",
      path_, at, found, path_, kDamagedJournalSuffix);
}

Result<std::optional<JournalBlockHeader>> FileReader::block_at(std::uint64_t at) {
  bytes_.resize(kJournalAlignment);
  DAYBOOK_TRY(const std::size_t n, file_->read_at(at, bytes_));
  const auto header = decode_journal_block_header(BytesView(bytes_).first(n));
  if (!header || header->sequence < header_.first_sequence) return std::nullopt;
  bytes_.resize(header->size_bytes());
  DAYBOOK_TRY(const std::size_t whole, file_->read_at(at, bytes_));
  bytes_.resize(whole);
  if (!is_whole_journal_block(*header, bytes_, header_.salt)) return std::nullopt;
  return header;
}

void FileReader::take(const JournalBlockHeader& block, std::uint64_t at) {
  if (found_.first_sequence == 0) found_.first_sequence = block.sequence;
  found_.next_sequence = block.sequence + 1;
  JournalBlockReader entries(block, bytes_);
  while (const auto entry = entries.next()) {
    found_.ranges.push_back({std::string(entry->header.partition),
                             {entry->header.topic_id, entry->header.position, entry->header.end,
                              file_, at + entry->batches_at}});
  }
  if (entries.is_damaged()) damaged(at, "a block whose entries do not fit it");
}

// A block that was written under a newer header than there is: that one has gone, and with it what
// says which blocks count.
Status FileReader::check_newer_header() {
  bytes_.resize(kJournalAlignment);
  DAYBOOK_TRY(const std::size_t n, file_->read_at(kJournalAlignment, bytes_));
  const auto block = decode_journal_block_header(BytesView(bytes_).first(n));
  if (block && block->filling > header_.first_sequence) {
    damaged(0, "no header for the blocks that follow");
  }
  return {};
}

Result<FileContents> FileReader::read() {
  DAYBOOK_TRY(const std::uint64_t size, file_->size());
  bytes_.resize(kJournalAlignment);
  DAYBOOK_TRY(const std::size_t n, file_->read_at(0, bytes_));
  const auto header = find_journal_header(BytesView(bytes_).first(n));
  if (!header && header.error() == JournalHeaderFault::kNewerVersion) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("the journal file {} was written by a newer version, and may hold "
                            "records that are nowhere else: start that version",
                            path_));
  }
  if (!header) {
    damaged(0, "no header of a journal file");
    return std::move(found_);
  }
  header_ = header->header;
  // The next header's must be above it, for that one to be the newer.
  found_.next_sequence = header_.first_sequence + 1;
  if (size < header_.file_bytes) damaged(size, "the end of a file that was longer");

  DAYBOOK_TRY_VOID(check_newer_header());

  bool follows = true;  // nothing but blocks so far
  for (std::uint64_t at = kJournalAlignment; at < size;) {
    DAYBOOK_TRY(const auto block, block_at(at));
    const bool next =
        block && (found_.first_sequence == 0 || block->sequence >= found_.next_sequence);
    if (!next) {
      follows = false;
      at += kJournalAlignment;
      continue;
    }
    const bool in_order = found_.first_sequence == 0 || block->sequence == found_.next_sequence;
    if (!follows || !in_order) damaged(at, "a block in front of which another one is missing");
    take(*block, at);
    follows = true;
    at += block->size_bytes();
  }
  return std::move(found_);
}

}  // namespace

Result<JournalContents> read_journal(io::FileSystem& fs, const std::string& folder) {
  JournalContents contents;
  DAYBOOK_TRY(const bool there, fs.exists(folder));
  if (!there) return contents;
  DAYBOOK_TRY(const auto entries, fs.list(folder));
  std::vector<FileContents> files;
  for (const io::Entry& entry : entries) {
    if (entry.is_folder || !is_journal_file_name(entry.name)) continue;
    const std::string path = fmt::format("{}/{}", folder, entry.name);
    DAYBOOK_TRY(std::shared_ptr<const io::File> file, fs.open(path, io::OpenMode::kRead));
    DAYBOOK_TRY(FileContents read, FileReader(path, std::move(file)).read());
    contents.files.push_back(entry.name);
    if (read.damaged) contents.damaged.push_back(entry.name);
    if (!read.note.empty()) contents.notes.push_back(read.note);
    contents.next_sequence = std::max(contents.next_sequence, read.next_sequence);
    files.push_back(std::move(read));
  }
  std::ranges::sort(files, {}, &FileContents::first_sequence);
  for (FileContents& file : files) {
    for (FileContents::Range& found : file.ranges) {
      contents.partitions[std::move(found.partition)].push_back(std::move(found.range));
    }
  }
  return contents;
}

}  // namespace daybook::log
