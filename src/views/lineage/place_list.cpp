#include "views/lineage/place_list.h"

#include <array>

#include "base/varint.h"

namespace daybook::views {
namespace {

// Without overflow, however far they lie apart.
std::int64_t difference(std::int64_t to, std::int64_t from) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(to) -
                                   static_cast<std::uint64_t>(from));
}

std::int64_t sum(std::int64_t from, std::int64_t by) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(from) +
                                   static_cast<std::uint64_t>(by));
}

}  // namespace

void append_place(std::string& bytes, const EventPlace& before, const EventPlace& place) {
  for (const auto value :
       {difference(place.time_ms, before.time_ms), difference(place.partition, before.partition),
        difference(place.offset, before.offset)}) {
    std::array<std::byte, kMaxVarint64SizeBytes> text;
    const auto size = write_varint(text.data(), zigzag_encode(value));
    bytes.append(reinterpret_cast<const char*>(text.data()), size);
  }
}

Result<std::vector<EventPlace>> read_places(std::string_view bytes) {
  std::vector<EventPlace> places;
  BytesView rest(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size());
  EventPlace place;
  while (!rest.empty()) {
    for (auto* part : {&place.time_ms, &place.partition, &place.offset}) {
      std::uint64_t value = 0;
      const auto size = read_varint(rest, value);
      if (size == 0) {
        return fail(ErrorCode::kCorrupt, "the events of a row in daybook_lineage end at byte " +
                                             std::to_string(bytes.size() - rest.size()) +
                                             " in the middle of one: rebuild the view");
      }
      *part = sum(*part, zigzag_decode(value));
      rest = rest.subspan(size);
    }
    places.push_back(place);
  }
  return places;
}

}  // namespace daybook::views
