#include "broker/topics/replicas.h"

#include "broker/core.h"

namespace daybook::broker {

std::optional<std::string> replicas_fault(std::span<const std::int32_t> nodes) {
  if (nodes.empty()) return "the assignment names no node for a partition";
  for (const std::int32_t node : nodes) {
    if (node == kNodeId) continue;
    return "the assignment names node " + std::to_string(node) + ", and there is only node " +
           std::to_string(kNodeId);
  }
  if (nodes.size() > 1) {
    return "the assignment names node " + std::to_string(kNodeId) + " more than once";
  }
  return std::nullopt;
}

}  // namespace daybook::broker
