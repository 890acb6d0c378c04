// The kind `search`: its options in the application file.

#include <algorithm>
#include <charconv>

#include "views/kinds/search/search_plan.h"
#include "views/view_kind.h"

namespace daybook::views {
namespace {

constexpr double kMaxWeight = 1'000;

void read_weights(Options& options, search::SearchOptions& chosen) {
  chosen.weights.assign(chosen.text.size(), 1);
  const auto weights = options.pairs("weights");
  if (!weights) return;
  for (const auto& [field, text] : *weights) {
    const auto found = std::ranges::find(chosen.text, field);
    if (found == chosen.text.end()) {
      options.fault("weights", field + " is not one of the fields in \"text\"");
      continue;
    }
    double weight = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, weight);
    if (error != std::errc{} || rest != end || !(weight > 0) || weight > kMaxWeight) {
      options.fault("weights", "the weight of " + field + " must be a number above 0, at most " +
                                   std::to_string(static_cast<int>(kMaxWeight)));
      continue;
    }
    chosen.weights[static_cast<std::size_t>(found - chosen.text.begin())] = weight;
  }
}

class SearchKind final : public ViewKind {
 public:
  std::string_view name() const override { return "search"; }

  std::unique_ptr<ViewPlan> plan(const ViewSpec& spec, Options& options) const override {
    search::SearchOptions chosen;
    const auto key = options.required_texts("key");
    const auto text = options.required_texts("text");
    if (const auto facets = options.texts("facets")) chosen.facets = *facets;
    chosen.tokens = options.choice("tokens", {"unicode", "porter", "trigram"}).value_or("unicode");
    if (!key || !text) return nullptr;
    chosen.key = *key;
    chosen.text = *text;
    read_weights(options, chosen);
    return checked(search::make_search_plan(std::move(chosen)), spec, options, "text");
  }
};

}  // namespace

const ViewKind& search_kind();  // view_kind.cpp lists it
const ViewKind& search_kind() {
  static const SearchKind kind;
  return kind;
}

}  // namespace daybook::views
