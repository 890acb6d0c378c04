#include "broker/groups/consumer/assignors.h"

#include <algorithm>
#include <utility>

namespace daybook::broker {
namespace {

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

struct Slot {
  Uuid topic;
  std::int32_t partition = 0;
  std::size_t owner = kNobody;
  const std::vector<std::size_t>* readers = nullptr;
};

// The members that read each topic, by index.
using Readers = std::map<Uuid, std::vector<std::size_t>>;

Readers readers_of(const AssignmentInput& input) {
  Readers readers;
  for (std::size_t i = 0; i < input.members.size(); ++i) {
    for (const Uuid& topic : input.members[i].topics) readers[topic].push_back(i);
  }
  return readers;
}

std::vector<Slot> slots_of(const AssignmentInput& input, const Readers& readers) {
  std::vector<Slot> slots;
  for (const auto& [topic, members] : readers) {
    for (std::int32_t partition = 0; partition < input.topics.at(topic); ++partition) {
      slots.push_back({topic, partition, kNobody, &members});
    }
  }
  return slots;
}

std::size_t least_loaded(const std::vector<std::size_t>& members,
                         const std::vector<std::size_t>& load) {
  return *std::ranges::min_element(members, {}, [&](std::size_t member) { return load[member]; });
}

void keep_current(const AssignmentInput& input, std::vector<Slot>& slots,
                  std::vector<std::size_t>& load) {
  std::map<std::pair<Uuid, std::int32_t>, std::size_t> owners;
  for (std::size_t i = 0; i < input.members.size(); ++i) {
    for (const auto& [topic, partitions] : input.members[i].current) {
      if (!input.members[i].topics.contains(topic)) continue;
      for (const std::int32_t partition : partitions) owners.try_emplace({topic, partition}, i);
    }
  }
  for (Slot& slot : slots) {
    const auto owner = owners.find({slot.topic, slot.partition});
    if (owner == owners.end()) continue;
    slot.owner = owner->second;
    ++load[slot.owner];
  }
}

// Each move makes the loads more even, so it ends; two or three rounds are usual.
void even_out(std::vector<Slot>& slots, std::vector<std::size_t>& load) {
  for (bool moved = true; moved;) {
    moved = false;
    for (Slot& slot : slots) {
      const std::size_t other = least_loaded(*slot.readers, load);
      if (load[slot.owner] <= load[other] + 1) continue;
      --load[slot.owner];
      ++load[other];
      slot.owner = other;
      moved = true;
    }
  }
}

}  // namespace

std::vector<PartitionSets> assign_uniform(const AssignmentInput& input) {
  const Readers readers = readers_of(input);
  std::vector<Slot> slots = slots_of(input, readers);
  std::vector<std::size_t> load(input.members.size(), 0);
  keep_current(input, slots, load);
  // Topics that few read come first: the others have more ways to make up for them.
  std::ranges::stable_sort(slots, {}, [](const Slot& slot) { return slot.readers->size(); });
  for (Slot& slot : slots) {
    if (slot.owner != kNobody) continue;
    slot.owner = least_loaded(*slot.readers, load);
    ++load[slot.owner];
  }
  even_out(slots, load);
  std::vector<PartitionSets> result(input.members.size());
  for (const Slot& slot : slots) result[slot.owner][slot.topic].insert(slot.partition);
  return result;
}

std::vector<PartitionSets> assign_range(const AssignmentInput& input) {
  // Static members first, so that a restart of one does not change the order.
  const auto order = [&](std::size_t index) {
    const AssignmentMember& member = input.members[index];
    return std::pair(!member.instance_id.has_value(), member.instance_id.value_or(member.id));
  };
  std::vector<PartitionSets> result(input.members.size());
  Readers readers = readers_of(input);
  for (auto& [topic, members] : readers) {
    std::ranges::sort(members, {}, order);
    const auto partitions = static_cast<std::size_t>(input.topics.at(topic));
    std::size_t next = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::size_t share =
          partitions / members.size() + (i < partitions % members.size() ? 1 : 0);
      for (std::size_t n = 0; n < share; ++n) {
        result[members[i]][topic].insert(static_cast<std::int32_t>(next++));
      }
    }
  }
  return result;
}

Assignor find_assignor(std::string_view name) {
  if (name == "uniform") return assign_uniform;
  if (name == "range") return assign_range;
  return nullptr;
}

}  // namespace daybook::broker
