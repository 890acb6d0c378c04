#include "app/memory_share.h"

#include <algorithm>

namespace daybook::app {
namespace {

constexpr std::size_t kReadBytes = 128 << 20;  // of all tasks, and for their batches again
constexpr std::size_t kMinReadBytes = 4 << 20;
constexpr std::size_t kCacheBytes = 128 << 20;  // of all views
constexpr std::size_t kMinCacheBytes = 4 << 20;
constexpr std::size_t kMaxCacheBytes = 64 << 20;

std::size_t share(std::size_t whole, std::size_t parts, std::size_t least, std::size_t most) {
  return std::clamp(whole / std::max<std::size_t>(parts, 1), least, most);
}

}  // namespace

MemoryShare share_memory(std::size_t views, std::size_t processors) {
  const auto read = share(kReadBytes, views + processors, kMinReadBytes, kReadBytes);
  return {.read_ahead_bytes = read,
          .batch_bytes = read,
          .cache_bytes = share(kCacheBytes, views, kMinCacheBytes, kMaxCacheBytes)};
}

}  // namespace daybook::app
