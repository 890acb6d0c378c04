#include "settings.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string_view>

namespace daybook::bench {
namespace {

template <class T>
void read_number(std::string_view name, std::string_view text, T& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc() || end != text.data() + text.size()) {
    give_up(fmt::format("{}={}: not a number", name, text));
  }
}

wire::Compression compression_of(std::string_view name) {
  if (name == "none") return wire::Compression::kNone;
  if (name == "lz4") return wire::Compression::kLz4;
  give_up(fmt::format("compression={}: none and lz4 are known", name));
}

bool is_yes(std::string_view name, std::string_view text) {
  if (text != "yes" && text != "no") give_up(fmt::format("{}={}: yes or no", name, text));
  return text == "yes";
}

}  // namespace

void give_up(const std::string& message) {
  fmt::print(stderr, "log_load: {}\n", message);
  std::exit(1);
}

Settings parse_settings(int count, char** arguments) {
  Settings s;
  using Setter = std::function<void(std::string_view, std::string_view)>;
  const auto number = [](auto& into) {
    return [&into](std::string_view name, std::string_view text) { read_number(name, text, into); };
  };
  const auto string = [](std::string& into) {
    return [&into](std::string_view, std::string_view text) { into = text; };
  };
  const std::map<std::string_view, Setter> setters{
      {"broker", string(s.broker)},
      {"topic", string(s.topic)},
      {"folder", string(s.folder)},
      {"configs", string(s.configs)},
      {"partitions", number(s.partitions)},
      {"record_bytes", number(s.record_bytes)},
      {"batch_bytes", number(s.batch_bytes)},
      {"connections", number(s.connections)},
      {"in_flight", number(s.in_flight)},
      {"max_bytes", number(s.max_bytes)},
      {"seconds", number(s.seconds)},
      {"server_core", number(s.server_core)},
      {"warm_up_seconds", number(s.warm_up_seconds)},
      {"records_per_second", number(s.records_per_second)},
      {"awake",
       [&s](std::string_view name, std::string_view text) { s.awake = is_yes(name, text); }},
      {"compression",
       [&s](std::string_view, std::string_view text) { s.compression = compression_of(text); }}};
  for (int i = 0; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const std::size_t equals = argument.find('=');
    const auto setter = setters.find(argument.substr(0, equals));
    if (equals == std::string_view::npos || setter == setters.end()) {
      give_up(fmt::format("{}: not one of its settings", argument));
    }
    setter->second(setter->first, argument.substr(equals + 1));
  }
  return s;
}

}  // namespace daybook::bench
