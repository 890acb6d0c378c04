#include "broker/features.h"

#include <array>

namespace daybook::broker {
namespace {

// Ordered by name.
constexpr auto kFeatures = std::to_array<Feature>({
    {"group.version", 0, 1, 1},        // the consumer protocol of KIP-848
    {"metadata.version", 7, 29, 29},   // of Apache Kafka 3.3 to 4.2
    {"streams.version", 0, 1, 1},      // the streams protocol of KIP-1071
    {"transaction.version", 0, 2, 2},  // KIP-890
});

}  // namespace

std::span<const Feature> features() {
  return kFeatures;
}

}  // namespace daybook::broker
