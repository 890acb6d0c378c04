#include "log/durable_end.h"

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/endian.h"
#include "log/config.h"
#include "log/file_names.h"

namespace daybook::log {
namespace {

constexpr std::size_t kSegmentAt = 8;
constexpr std::size_t kPositionAt = 16;
constexpr std::size_t kEndCrcAt = 20;

}  // namespace

std::array<std::byte, kDurableEndSizeBytes> encode_durable_end(const LogPoint& point) {
  std::array<std::byte, kDurableEndSizeBytes> bytes;
  store_be(bytes.data(), point.offset.value);
  store_be(bytes.data() + kSegmentAt, point.segment.value);
  store_be(bytes.data() + kPositionAt, point.position);
  store_be(bytes.data() + kEndCrcAt, crc32c(BytesView(bytes).first(kEndCrcAt)));
  return bytes;
}

std::optional<LogPoint> decode_durable_end(BytesView bytes) {
  if (bytes.size() != kDurableEndSizeBytes) return std::nullopt;
  if (load_be<std::uint32_t>(bytes.data() + kEndCrcAt) != crc32c(bytes.first(kEndCrcAt))) {
    return std::nullopt;
  }
  const LogPoint point{Offset{load_be<std::int64_t>(bytes.data())},
                       Offset{load_be<std::int64_t>(bytes.data() + kSegmentAt)},
                       load_be<std::uint32_t>(bytes.data() + kPositionAt)};
  if (point.segment.value < 0 || point.offset < point.segment ||
      point.position > kMaxSegmentBytes) {
    return std::nullopt;
  }
  return point;
}

Status note_durable_end(io::FileSystem& fs, const std::string& folder, const LogPoint& point) {
  DAYBOOK_TRY(const auto file,
              fs.open(fmt::format("{}/{}", folder, kDurableEndName), io::OpenMode::kOpenOrCreate));
  return file->write_at(0, encode_durable_end(point));
}

}  // namespace daybook::log
