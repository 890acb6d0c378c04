// Whether a group with members may change between the classic and the consumer protocol: Kafka's
// group.consumer.migration.policy.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace daybook::broker {

enum class MigrationPolicy : std::uint8_t {
  kDisabled,
  kDowngrade,  // to the classic protocol, when the last member that speaks the other one goes
  kUpgrade,    // to the consumer protocol, when the first member that speaks it comes
  kBidirectional,
};

// In the order of the enum.
inline constexpr std::array<std::string_view, 4> kMigrationPolicies = {"disabled", "downgrade",
                                                                       "upgrade", "bidirectional"};

inline std::string_view to_string(MigrationPolicy policy) {
  return kMigrationPolicies[static_cast<std::size_t>(policy)];
}
inline std::optional<MigrationPolicy> find_migration_policy(std::string_view name) {
  for (std::size_t i = 0; i < kMigrationPolicies.size(); ++i) {
    if (kMigrationPolicies[i] == name) return static_cast<MigrationPolicy>(i);
  }
  return std::nullopt;
}

inline bool may_upgrade(MigrationPolicy policy) {
  return policy == MigrationPolicy::kUpgrade || policy == MigrationPolicy::kBidirectional;
}
inline bool may_downgrade(MigrationPolicy policy) {
  return policy == MigrationPolicy::kDowngrade || policy == MigrationPolicy::kBidirectional;
}

}  // namespace daybook::broker
