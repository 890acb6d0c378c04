#include "log/journal/partition_metadata.h"

#include <fmt/format.h>

#include "log/file_names.h"

namespace daybook::log {
namespace {

constexpr std::string_view kIdKey = "topic_id: ";
constexpr std::size_t kMaxMetadataBytes = 256;

}  // namespace

std::string partition_metadata(const Uuid& topic_id) {
  return fmt::format("version: 0\n{}{}\n", kIdKey, to_string(topic_id));
}

Result<Uuid> read_topic_id(io::FileSystem& fs, const std::string& folder) {
  const auto file = fs.open(fmt::format("{}/{}", folder, kMetadataName), io::OpenMode::kRead);
  if (!file && file.error().code == ErrorCode::kNotFound) return Uuid{};
  if (!file) return std::unexpected(file.error());
  Bytes bytes(kMaxMetadataBytes);
  DAYBOOK_TRY(const std::size_t n, (*file)->read_at(0, bytes));
  const std::string_view text = as_text(BytesView(bytes).first(n));
  const auto key = text.find(kIdKey);
  if (key == std::string_view::npos) return Uuid{};
  const std::string_view rest = text.substr(key + kIdKey.size());
  return uuid_from_string(rest.substr(0, rest.find('\n'))).value_or(Uuid{});
}

}  // namespace daybook::log
