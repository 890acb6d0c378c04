// One mapping of an application file, as the rooms read it: Options with places. The text behind it
// is YAML; only section.cpp knows.

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/environment.h"
#include "app/fault.h"
#include "base/options.h"

namespace daybook::app {

class Section : public Options {
 public:
  struct Member {
    std::string name;
    Place place;       // of the name
    Section* section;  // valid as long as the section that it was asked of
  };

  // The members of the mapping `name`, each a mapping itself: the sources, topics, views.
  virtual std::vector<Member> members(std::string_view name) = 0;
  // As section(): a mapping, read by its places.
  virtual Section* inner(std::string_view name) = 0;
  // True if the value is a mapping; makes the name known.
  virtual bool is_mapping(std::string_view name) = 0;
  // A list, each element as JSON text: what YAML has quoted is text, else a number, true, false or
  // null is one. A value that is a single text is itself, not in quotes.
  virtual std::optional<std::vector<std::string>> json_rows(std::string_view name) = 0;
  // The names that are written, in their order. Does not make them known.
  virtual std::vector<std::string> names() const = 0;
  // Of the value; of this section if `name` is not written.
  virtual Place place_of(std::string_view name) = 0;
  // True, and a fault with `message`, if `name` is written. It is not offered as a known name.
  virtual bool refuse(std::string_view name, std::string message) = 0;
  // Adds a fault for every name that nobody asked for, here and in all sections asked for.
  virtual void report_unknown() = 0;
};

inline constexpr std::size_t kMaxAppFileBytes = 1 << 20;

// Reads one YAML document whose root is a mapping. Null, with at least one fault, if it is none.
// `faults` must outlive the section.
std::unique_ptr<Section> read_section(std::string_view yaml, const Environment& environment,
                                      Faults& faults);

}  // namespace daybook::app
