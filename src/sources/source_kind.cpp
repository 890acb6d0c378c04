#include "sources/source_kind.h"

#include <algorithm>

namespace daybook::sources {

// sources/kinds.inc holds one line DAYBOOK_KIND(<kind>) for each folder of sources/kinds.
#define DAYBOOK_KIND(kind) const SourceKind& kind##_kind();
#include "sources/kinds.inc"
#undef DAYBOOK_KIND

std::span<const SourceKind* const> source_kinds() {
  static const auto kinds = [] {
    std::vector<const SourceKind*> all = {
#define DAYBOOK_KIND(kind) &kind##_kind(),
#include "sources/kinds.inc"
#undef DAYBOOK_KIND
    };
    std::ranges::sort(all, {}, &SourceKind::name);
    return all;
  }();
  return kinds;
}

const SourceKind* find_source_kind(std::string_view name) {
  const auto kinds = source_kinds();
  const auto found = std::ranges::find(kinds, name, &SourceKind::name);
  return found == kinds.end() ? nullptr : *found;
}

}  // namespace daybook::sources
