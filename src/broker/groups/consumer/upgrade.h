// A group of the classic protocol that has members becomes one of the consumer protocol, as its
// first consumer of that protocol joins. What the members were assigned is what they have and,
// until the next epoch, what they are to have; their generation is their epoch. What a cooperative
// member owned when it joined and was not assigned again it may still have: nobody else gets that
// until the member has joined once more.
//
// Threads: any; there is no state.

#pragma once

#include <expected>
#include <string>

#include "broker/groups/consumer/consumer_group.h"
#include "broker/groups/group.h"

namespace daybook::broker {

// Why not, in Kafka's words, if it cannot be. Whoever waits in `group` is not answered here.
std::expected<ConsumerGroup, std::string> upgraded(const Group& group,
                                                   const ConsumerGroupSettings& settings,
                                                   const TopicShapes& topics, TimePoint now);

}  // namespace daybook::broker
