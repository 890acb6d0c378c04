#include "log/journal/journal_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/endian.h"
#include "base/uuid.h"

namespace daybook::log {
namespace {

constexpr std::string_view kJournalSuffix = ".journal";
constexpr std::string_view kUnfinishedSuffix = ".new";
constexpr std::size_t kDigits = 4;
constexpr std::size_t kZerosBytes = std::size_t{1} << 20;

// Piece by piece, so that who syncs something else meanwhile waits for one of them at most.
Status fill_with_zeros(io::File& file, std::uint64_t bytes) {
  const Bytes zeros(std::min<std::uint64_t>(kZerosBytes, bytes));
  for (std::uint64_t at = 0; at < bytes; at += zeros.size()) {
    const BytesView part =
        BytesView(zeros).first(std::min<std::uint64_t>(zeros.size(), bytes - at));
    DAYBOOK_TRY_VOID(file.write_at(at, part));
    DAYBOOK_TRY_VOID(file.sync());
  }
  return {};
}

std::uint32_t random_salt() {
  return load_be<std::uint32_t>(random_uuid().bytes.data());
}

}  // namespace

std::string journal_file_name(std::size_t number) {
  return fmt::format("{:0{}}{}", number, kDigits, kJournalSuffix);
}

bool is_journal_file_name(std::string_view name) {
  return name.size() == kDigits + kJournalSuffix.size() && name.ends_with(kJournalSuffix) &&
         name.find_first_not_of("0123456789") == kDigits;
}

JournalFile::JournalFile(std::string path, std::unique_ptr<io::File> file, std::uint64_t file_bytes)
    : path_(std::move(path)),
      file_(std::move(file)),
      file_bytes_(file_bytes),
      end_(kJournalAlignment) {}

Result<JournalFile> JournalFile::create(io::FileSystem& fs, const std::string& folder,
                                        const std::string& name, std::uint64_t file_bytes,
                                        std::uint64_t first_sequence) {
  const std::string path = fmt::format("{}/{}", folder, name);
  const std::string unfinished = path + std::string(kUnfinishedSuffix);
  const JournalFileHeader header{file_bytes, first_sequence, random_salt()};
  const auto make = [&]() -> Result<std::unique_ptr<io::File>> {
    DAYBOOK_TRY(auto file, fs.open(unfinished, io::OpenMode::kOpenOrCreate));
    DAYBOOK_TRY_VOID(fill_with_zeros(*file, file_bytes));
    DAYBOOK_TRY_VOID(file->write_at(0, encode_journal_header(header)));
    DAYBOOK_TRY_VOID(file->sync());
    DAYBOOK_TRY_VOID(fs.rename(unfinished, path));
    DAYBOOK_TRY_VOID(fs.sync_directory(folder));
    return fs.open(path, io::OpenMode::kWrite);
  };
  auto made = make();
  if (!made) {
    // On a full disk its bytes are wanted elsewhere.
    [[maybe_unused]] const Status removed = fs.remove(unfinished);
    return std::unexpected(std::move(made).error());
  }
  JournalFile file(path, *std::move(made), file_bytes);
  file.header_ = header;
  return file;
}

Result<JournalFile> JournalFile::open(io::FileSystem& fs, const std::string& folder,
                                      const std::string& name) {
  const std::string path = fmt::format("{}/{}", folder, name);
  DAYBOOK_TRY(auto file, fs.open(path, io::OpenMode::kWrite));
  DAYBOOK_TRY(const std::uint64_t size, file->size());
  Bytes headers(kJournalAlignment);
  DAYBOOK_TRY(const std::size_t n, file->read_at(0, headers));
  const auto found = find_journal_header(BytesView(headers).first(n));
  if (!found) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("the journal file {} has no header any more", path));
  }
  JournalFile opened(path, std::move(file), size);
  opened.header_ = found->header;
  opened.header_number_ = found->number;
  return opened;
}

Status JournalFile::empty(std::uint64_t first_sequence) {
  const JournalFileHeader header{file_bytes_, first_sequence, random_salt()};
  const std::size_t older = (header_number_ + 1) % kJournalHeaders;
  DAYBOOK_TRY_VOID(file_->write_at(journal_header_at(older), encode_journal_header(header)));
  DAYBOOK_TRY_VOID(file_->sync());
  header_ = header;
  header_number_ = older;
  end_ = kJournalAlignment;
  return {};
}

Status JournalFile::append(BytesView block) {
  DAYBOOK_TRY_VOID(file_->write_at(end_, block));
  DAYBOOK_TRY_VOID(file_->sync());
  end_ += block.size();
  return {};
}

}  // namespace daybook::log
