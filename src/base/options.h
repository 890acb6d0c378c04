// How a kind of source, view or topic reads its own options, wherever they were written: the
// application file asks the kind's folder, and knows nothing of what it finds there.
//
// Asking for a name makes it known. What is written but was never asked for is reported as unknown
// once the kind has returned, with the nearest known name. No call fails: whatever is wrong is
// collected as a fault with its file and line, and the call answers as if nothing were written, so
// that one pass finds every fault.
//
// Threads: one at a time. Lifetime: only during the call that it was passed to.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook {

class Options {
 public:
  virtual ~Options() = default;

  // True if `name` is there at all, whatever its value; makes it known.
  virtual bool written(std::string_view name) = 0;
  // One scalar, with ${NAME} and ${NAME:-default} already replaced. May be a secret: never repeat
  // it in a message unless the option's meaning says that it is none.
  virtual std::optional<std::string> text(std::string_view name) = 0;
  virtual std::optional<bool> boolean(std::string_view name) = 0;
  virtual std::optional<std::int64_t> integer(std::string_view name, std::int64_t min,
                                              std::int64_t max) = 0;
  // A list of scalars; one scalar alone is a list of one.
  virtual std::optional<std::vector<std::string>> texts(std::string_view name) = 0;
  // A mapping of scalars, in the order in which it is written; no name is there twice.
  virtual std::optional<std::vector<std::pair<std::string, std::string>>> pairs(
      std::string_view name) = 0;
  // A mapping with options of its own, valid as long as this object; null if absent.
  virtual Options* section(std::string_view name) = 0;

  // Reports a fault at the place of `name`, or of this whole section if `name` is not written.
  virtual void fault(std::string_view name, std::string message) = 0;

  // As text() and texts(), and a fault if it is absent or empty.
  std::optional<std::string> required_text(std::string_view name);
  std::optional<std::vector<std::string>> required_texts(std::string_view name);
  // One of `choices`; anything else is a fault that lists them.
  std::optional<std::string> choice(std::string_view name,
                                    std::initializer_list<std::string_view> choices);
};

}  // namespace daybook
