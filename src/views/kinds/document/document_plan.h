// The kind `document`: one JSON document per key, as the events have it. An event replaces the
// document of its key, or is merged into it as a JSON merge patch (RFC 7396).

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "views/view_kind.h"

namespace daybook::views::document {

enum class Mode : std::uint8_t { kReplace, kMerge };

// Paths are names with points between: address.zip.
struct DocumentOptions {
  std::vector<std::string> key = {};
  Mode mode = Mode::kReplace;
  std::vector<std::string> index = {};
};

// What users see beside the key's and the indexed paths: the column of the whole document.
inline constexpr const char* kDocumentColumn = "document";

// Checks nothing yet.
std::unique_ptr<ViewPlan> make_document_plan(DocumentOptions options);

}  // namespace daybook::views::document
