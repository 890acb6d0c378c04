#include "log/log_front.h"

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/endian.h"
#include "log/file_names.h"

namespace daybook::log {
namespace {

constexpr std::size_t kFirstDirtyAt = 8;
constexpr std::size_t kFrontCrcAt = 16;

}  // namespace

std::array<std::byte, kLogFrontSizeBytes> encode_log_front(const LogFront& front) {
  std::array<std::byte, kLogFrontSizeBytes> bytes;
  store_be(bytes.data(), front.log_start.value);
  store_be(bytes.data() + kFirstDirtyAt, front.first_dirty.value);
  store_be(bytes.data() + kFrontCrcAt, crc32c(BytesView(bytes).first(kFrontCrcAt)));
  return bytes;
}

std::optional<LogFront> decode_log_front(BytesView bytes) {
  if (bytes.size() != kLogFrontSizeBytes) return std::nullopt;
  if (load_be<std::uint32_t>(bytes.data() + kFrontCrcAt) != crc32c(bytes.first(kFrontCrcAt))) {
    return std::nullopt;
  }
  const LogFront front{Offset{load_be<std::int64_t>(bytes.data())},
                       Offset{load_be<std::int64_t>(bytes.data() + kFirstDirtyAt)}};
  if (front.log_start.value < 0 || front.first_dirty.value < 0) return std::nullopt;
  return front;
}

Result<std::optional<LogFront>> read_log_front(io::FileSystem& fs, const std::string& folder) {
  const std::string path = fmt::format("{}/{}", folder, kLogFrontName);
  const auto file = fs.open(path, io::OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!file) return std::unexpected(file.error());
  // One byte more, so that a longer file is noticed.
  std::array<std::byte, kLogFrontSizeBytes + 1> bytes;
  DAYBOOK_TRY(const std::size_t n, (*file)->read_at(0, bytes));
  const auto front = decode_log_front(BytesView(bytes).first(n));
  if (!front) {
    return fail(ErrorCode::kCorrupt,
                fmt::format("{} is not what was written, so where the log begins is not known; "
                            "nothing was changed; restore the file from a copy, or remove it to "
                            "see again what was deleted and is still in the segments",
                            path));
  }
  return front;
}

Status write_log_front(io::FileSystem& fs, const std::string& folder, const LogFront& front) {
  const std::string path = fmt::format("{}/{}", folder, kLogFrontName);
  const std::string next = path + std::string(kNewSuffix);
  DAYBOOK_TRY(const auto file, fs.open(next, io::OpenMode::kOpenOrCreate));
  DAYBOOK_TRY_VOID(file->truncate(0));
  DAYBOOK_TRY_VOID(file->write_at(0, encode_log_front(front)));
  DAYBOOK_TRY_VOID(file->sync());
  DAYBOOK_TRY_VOID(fs.rename(next, path));
  return fs.sync_directory(folder);
}

}  // namespace daybook::log
