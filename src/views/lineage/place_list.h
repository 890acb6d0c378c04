// Places of events as bytes, as daybook_lineage holds them (docs/formats/view.md): of each the
// differences of time, partition and offset to the one before, as zigzag varints. Some five bytes
// an event.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "views/event_place.h"

namespace daybook::views {

// `before` is the last place in `bytes`, or none ({}) if they are empty.
void append_place(std::string& bytes, const EventPlace& before, const EventPlace& place);

// kCorrupt if append_place() would not have written it.
Result<std::vector<EventPlace>> read_places(std::string_view bytes);

}  // namespace daybook::views
