#include "app/fault.h"

#include <algorithm>
#include <tuple>

namespace daybook::app {

std::string to_string(const Fault& fault, const std::string& file) {
  std::string text = file;
  if (fault.place.line > 0) {
    text += ":" + std::to_string(fault.place.line) + ":" + std::to_string(fault.place.column);
  }
  return text + ": " + fault.message;
}

void Faults::add(Place place, std::string message) {
  if (faults_.size() < kMaxFaults) faults_.push_back({place, std::move(message)});
}

std::vector<Fault> Faults::sorted() const {
  std::vector<Fault> sorted = faults_;
  const auto key = [](const Fault& fault) { return std::tie(fault.place, fault.message); };
  std::ranges::stable_sort(sorted, {}, key);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

}  // namespace daybook::app
