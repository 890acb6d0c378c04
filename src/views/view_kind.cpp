#include "views/view_kind.h"

#include <algorithm>
#include <vector>

namespace daybook::views {

// views/kinds.inc holds one line DAYBOOK_KIND(<kind>) for each folder of views/kinds.
#define DAYBOOK_KIND(kind) const ViewKind& kind##_kind();
#include "views/kinds.inc"
#undef DAYBOOK_KIND

std::span<const ViewKind* const> view_kinds() {
  static const auto kinds = [] {
    std::vector<const ViewKind*> all = {
#define DAYBOOK_KIND(kind) &kind##_kind(),
#include "views/kinds.inc"
#undef DAYBOOK_KIND
    };
    std::ranges::sort(all, {}, &ViewKind::name);
    return all;
  }();
  return kinds;
}

}  // namespace daybook::views
