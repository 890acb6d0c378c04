// Where a client wants the copies of a partition: there is one node, so it can only be that.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace daybook::broker {

// Why a partition cannot have its copies on these nodes; nothing if it can.
std::optional<std::string> replicas_fault(std::span<const std::int32_t> nodes);

}  // namespace daybook::broker
