// Which names an application may give, and why another one is refused.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace daybook::app {

// Each answers nothing if the name will do, else the end of a sentence that begins with the name.

// Kafka's rule for topics: 1 to 249 of letters, digits, '.', '_' and '-'; not "." or "..".
std::optional<std::string> topic_name_fault(std::string_view name);
// Sources, views and the app: they stand in paths, addresses and metrics.
std::optional<std::string> part_name_fault(std::string_view name);
// What SQL calls a topic in FROM.
std::optional<std::string> alias_fault(std::string_view name);
// "host:port" or "[v6-address]:port"; the port may be 0 only where `any_port` is allowed.
std::optional<std::string> address_fault(std::string_view address, bool any_port);

// The names of kinds, as a message offers them: "columnar, document, graph".
template <class Kinds>
std::string names_of(const Kinds& kinds) {
  std::string names;
  for (const auto* kind : kinds) names += (names.empty() ? "" : ", ") + std::string(kind->name());
  return names;
}

}  // namespace daybook::app
