// Offsets, epochs and ids as distinct types: passing a partition where an epoch is wanted does not
// compile. Each wraps one integer, costs nothing, and orders and hashes as that integer does.

#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace daybook {

template <class Tag, class Rep>
struct StrongId {
  using rep = Rep;
  Rep value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep v) : value(v) {}
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

// A position in a partition, counted in records from 0. Supports distance and step.
struct Offset : StrongId<struct OffsetTag, std::int64_t> {
  using StrongId::StrongId;
  constexpr Offset& operator+=(std::int64_t n) { return value += n, *this; }
  friend constexpr Offset operator+(Offset a, std::int64_t n) { return Offset{a.value + n}; }
  friend constexpr Offset operator-(Offset a, std::int64_t n) { return Offset{a.value - n}; }
  friend constexpr std::int64_t operator-(Offset a, Offset b) { return a.value - b.value; }
  constexpr Offset next() const { return Offset{value + 1}; }
};

using PartitionId = StrongId<struct PartitionIdTag, std::int32_t>;
using LeaderEpoch = StrongId<struct LeaderEpochTag, std::int32_t>;
using ProducerId = StrongId<struct ProducerIdTag, std::int64_t>;
using ProducerEpoch = StrongId<struct ProducerEpochTag, std::int16_t>;

inline constexpr ProducerId kNoProducer{-1};
inline constexpr LeaderEpoch kNoEpoch{-1};

// Milliseconds since 1970-01-01T00:00Z, as Kafka stores event times. -1 means none.
struct TimestampMs : StrongId<struct TimestampMsTag, std::int64_t> {
  using StrongId::StrongId;
};
inline constexpr TimestampMs kNoTimestamp{-1};

}  // namespace daybook

template <class T>
  requires requires(T id) {
    typename T::rep;
    id.value;
  }
struct std::hash<T> {
  std::size_t operator()(T id) const noexcept { return std::hash<typename T::rep>{}(id.value); }
};
