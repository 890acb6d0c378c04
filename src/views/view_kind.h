// The kinds of views. Each is one folder below views/kinds/, found by the build: its
// <kind>_kind.cpp defines `const ViewKind& <kind>_kind()` in namespace daybook::views, and the list
// of them is generated, so that the application file knows a new kind without being told of it.

#pragma once

#include <span>
#include <string_view>

#include "base/options.h"
#include "views/view_spec.h"

namespace daybook::views {

class ViewKind {
 public:
  virtual ~ViewKind() = default;
  virtual std::string_view name() const = 0;  // the key in the application file: "table"
  // Reads the kind's options into `spec`, whose name and topic are set, and checks it, offline.
  // Whatever is wrong is reported to `options`.
  virtual void read(Options& options, ViewSpec& spec) const = 0;
};

std::span<const ViewKind* const> view_kinds();  // ordered by name

}  // namespace daybook::views
