// What a version was built from, as text that outlives the application file that said it: kind,
// input, topic, declared columns and the kind's options. It is stored in the version's file, so
// that a version goes on being kept current by its own definition after the file has changed.

#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "views/view_kind.h"

namespace daybook::views {

struct Definition {
  ViewSpec spec;
  std::shared_ptr<const ViewPlan> plan;
};

// Equal for equal definitions.
std::string to_text(const ViewSpec& spec, const ViewPlan& plan);

// The kind that the text names; null if this version of Daybook does not have it.
const ViewKind* kind_of(const std::string& text);

// Of the view `name`. kInvalid, with every fault, if this version of Daybook cannot read it.
Result<Definition> definition_from(const std::string& name, const std::string& text);

// What a version was built from that was declared then, as `text`, and now as `declared`. What has
// no part in its rows (on_error, changes) is as it is declared now. A file of an earlier format
// does not say what it was built from, and counts as of `declared`.
Result<Definition> stored_definition(const Definition& declared, const std::string& text);

}  // namespace daybook::views
