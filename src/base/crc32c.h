// CRC-32C (Castagnoli), the checksum of Kafka's record batch v2 and of our own files, computed with
// isa-l's vectorised kernel (isa-l's crc32_iscsi takes and returns the complement).

#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace daybook {

// The checksum of `bytes`, or of what `previous` covers followed by `bytes`.
std::uint32_t crc32c(BytesView bytes, std::uint32_t previous = 0);

}  // namespace daybook
