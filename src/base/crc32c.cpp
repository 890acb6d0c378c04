#include "base/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace daybook {

std::uint32_t crc32c(BytesView bytes, std::uint32_t previous) {
  auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
  std::uint32_t crc = ~previous;
  constexpr std::size_t kMaxChunkBytes = std::size_t{1} << 30;  // isa-l counts in int
  for (std::size_t done = 0; done < bytes.size();) {
    const std::size_t n = std::min(bytes.size() - done, kMaxChunkBytes);
    crc = crc32_iscsi(data + done, static_cast<int>(n), crc);
    done += n;
  }
  return ~crc;
}

}  // namespace daybook
