// The kind `document`: its options in the application file.

#include "views/kinds/document/document_plan.h"
#include "views/view_kind.h"

namespace daybook::views {
namespace {

class DocumentKind final : public ViewKind {
 public:
  std::string_view name() const override { return "document"; }

  std::unique_ptr<ViewPlan> plan(const ViewSpec& spec, Options& options) const override {
    constexpr std::string_view kMerge = "merge";
    const auto key = options.required_texts("key");
    const auto mode = options.choice("mode", {"replace", kMerge});
    const auto index = options.texts("index");
    if (!key) return nullptr;
    document::DocumentOptions chosen{.key = *key};
    if (mode == kMerge) chosen.mode = document::Mode::kMerge;
    if (index) chosen.index = *index;
    return checked(document::make_document_plan(std::move(chosen)), spec, options, "key");
  }
};

}  // namespace

const ViewKind& document_kind();  // view_kind.cpp lists it
const ViewKind& document_kind() {
  static const DocumentKind kind;
  return kind;
}

}  // namespace daybook::views
